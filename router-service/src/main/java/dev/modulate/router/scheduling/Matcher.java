package dev.modulate.router.scheduling;

import org.jspecify.annotations.Nullable;

/** The rules of the warm queue: which call a free node takes, and which free node a call takes. */
final class Matcher {
    private final ColdSearch search;
    private final LineMatcher ofLines;
    private final SiteMatcher ofSites;

    Matcher(WarmQueueRules rules, Forecast forecast, Sites sites, Lines lines, Urgencies urgencies, Effort effort) {
        var offers = new Offers(forecast, effort);
        var starts = new ColdStarts(forecast, sites);
        this.search = new ColdSearch(sites, offers, effort);
        this.ofLines = new LineMatcher(forecast, sites, urgencies, starts, search, effort);
        this.ofSites = new SiteMatcher(
                rules.discipline(), forecast, sites, lines, urgencies, starts, offers, ofLines, search, effort);
    }

    /** Works out what a cold start like the last one would cost there. */
    void prepare(Site site, long now) {
        search.prepare(site, now);
    }

    /** Works out what a cold start of the line costs at least, wherever. */
    void prepare(Line line, long now) {
        ofSites.prepare(line, now);
    }

    /** What a node with room starts; null when it had better wait, or {@link #isSiteUnderway}. */
    @Nullable
    Start forSite(Site site, long now) {
        return ofSites.start(site, now);
    }

    /** Where the first of a line starts now; null when it had better wait, or {@link #isLineUnderway}. */
    @Nullable
    Start forLine(Line line, long now) {
        return ofLines.start(line, now);
    }

    /** Whether the line that was asked for last has to be asked for again. */
    boolean isLineUnderway() {
        return ofLines.isUnderway();
    }

    /** The same for the node. */
    boolean isSiteUnderway() {
        return ofSites.isUnderway();
    }
}
