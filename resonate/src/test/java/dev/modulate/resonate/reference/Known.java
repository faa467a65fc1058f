package dev.modulate.resonate.reference;

/** Differences that are meant. Each has a row of the same name in known-differences.tsv, which says why. */
enum Known {
    // The statuses differ.
    SEARCH_OFFERED(false),
    INTERNAL_LISTENER(true),
    SETTLE_STATE_CHECKED(true),
    FENCE_OF_ITSELF_REFUSED(true),
    ADDRESS_CHECKED(true),
    OWNER_CHECKED(true),
    LEASE_CHECKED(true),
    DELAYED_TASK_REFUSED(true),
    DELAY_CHECKED(true),
    SHAPE_BEFORE_STATE(false),
    SCHEDULE_CHECKED_FIRST(false),
    // Something in the data differs.
    PRELOAD_IS_BOUNDED(false),
    FENCE_PRELOADS(false),
    DEADLINE_OF_ALL(false),
    SCHEDULED_BRANCH(false),
    // Taken out of both answers before they are compared.
    RESUMES_ARE_COUNTED(false),
    MESSAGE_HEAD(false),
    SCHEDULED_CREATED_AT(false),
    SCHEDULED_TAGS(false),
    // Seen by the driver, which reads such promises after each tick.
    DEADLINE_OF_ALL_FIRES(false);

    private final boolean diverges;

    Known(boolean diverges) {
        this.diverges = diverges;
    }

    /** True when the servers' states differ from then on. */
    boolean diverges() {
        return diverges;
    }

    /** True when this is why the statuses differ. */
    boolean explains(Exchange e) {
        return switch (this) {
            case SEARCH_OFFERED -> e.kind().endsWith(".search") && e.theirs().status() == 501;
            case INTERNAL_LISTENER ->
                e.isKind("promise.register_listener")
                        && e.ours().status() == 200
                        && e.theirs().status() == 422
                        && e.internal(e.data().path("awaited").textValue());
            case SETTLE_STATE_CHECKED -> e.onlyWeRefuse() && unsettled(e);
            case FENCE_OF_ITSELF_REFUSED ->
                e.isKind("task.fence")
                        && e.onlyWeRefuse()
                        && e.data().at("/action/data/id").equals(e.data().path("id"));
            case ADDRESS_CHECKED -> e.onlyWeRefuse() && e.data().toString().contains("\"nowhere\"");
            case OWNER_CHECKED ->
                e.onlyWeRefuse() && e.data().path("pid").asText("-").isEmpty();
            case LEASE_CHECKED -> e.onlyWeRefuse() && e.data().path("ttl").asLong(1) == 0;
            case DELAYED_TASK_REFUSED ->
                e.isKind("task.create")
                        && e.onlyWeRefuse()
                        && e.data().at("/action/data/tags").has("resonate:delay");
            case DELAY_CHECKED -> e.onlyWeRefuse() && e.ours().data().asText().startsWith("resonate:delay must be");
            case SHAPE_BEFORE_STATE ->
                e.ours().status() == 400 && e.theirs().refused() && e.theirs().status() != 500;
            case SCHEDULE_CHECKED_FIRST -> e.isKind("schedule.create") && e.onlyWeRefuse();
            default -> false;
        };
    }

    /** True when this is why the data differ there. */
    boolean explains(Exchange e, Difference d) {
        boolean onlyOurs = d.theirs().isMissingNode();
        boolean preload = d.path().equals("preload");
        return switch (this) {
            case PRELOAD_IS_BOUNDED -> preload && d.ours().isMissingNode();
            case FENCE_PRELOADS -> preload && onlyOurs && e.isKind("task.fence");
            case SCHEDULED_BRANCH -> preload && onlyOurs && e.scheduled(e.taskId());
            case DEADLINE_OF_ALL ->
                d.path().equals("promiseTimeouts")
                        && onlyOurs
                        && !e.targeted(d.ours().path("id").textValue());
            default -> false;
        };
    }

    /** True for a settle to a state that only a server gives. */
    private static boolean unsettled(Exchange e) {
        var states = e.data().findValuesAsText("state");
        return states.contains("pending") || states.contains("rejected_timedout");
    }
}
