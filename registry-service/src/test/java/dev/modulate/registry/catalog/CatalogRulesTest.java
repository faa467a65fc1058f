package dev.modulate.registry.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CatalogRulesTest {
    private static final FunctionName NAME = new FunctionName("default", "resize");
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private static final Stamp STAMP = new Stamp(7, NOW);
    private static final CatalogFunction FUNCTION =
            new CatalogFunction(NAME, 3, Specs.PYTHON, List.of(), NOW.minusSeconds(9), NOW.minusSeconds(5), 6);

    @Test
    void aNewFunctionHasVersionOne() {
        var created = new CatalogFunction(NAME, 1, Specs.PYTHON, List.of(), NOW, NOW, 7);
        assertThat(CatalogRules.create(NAME, Specs.PYTHON, null, 0, STAMP))
                .isEqualTo(new Outcome.Written(created, new CatalogVersion(NAME, 1, Specs.PYTHON, NOW)));
    }

    @Test
    void versionNumbersGoOnAfterADeletion() {
        assertThat(CatalogRules.create(NAME, Specs.PYTHON, null, 4, STAMP))
                .isInstanceOfSatisfying(
                        Outcome.Written.class,
                        written -> assertThat(written.function().version()).isEqualTo(5));
    }

    @Test
    void aTakenNameIsRefused() {
        assertThat(CatalogRules.create(NAME, Specs.PYTHON, FUNCTION, 3, STAMP))
                .isEqualTo(new Outcome.Refused(new Refusal.AlreadyExists("functions/resize")));
    }

    @Test
    void aBrokenSpecIsRefused() {
        assertThat(CatalogRules.create(NAME, Specs.handler("x"), null, 0, STAMP))
                .isEqualTo(new Outcome.Refused(
                        new Refusal.Invalid(new Violation("function.spec.handler", "x", "module.function"))));
        assertThat(CatalogRules.update(FUNCTION, "", Specs.handler("x"), STAMP)).isInstanceOf(Outcome.Refused.class);
    }

    @Test
    void anotherSpecIsANewVersion() {
        var spec = Specs.handler("app.other");
        var updated = new CatalogFunction(NAME, 4, spec, List.of(), FUNCTION.createTime(), NOW, 7);
        assertThat(CatalogRules.update(FUNCTION, FUNCTION.etag(), spec, STAMP))
                .isEqualTo(new Outcome.Written(updated, new CatalogVersion(NAME, 4, spec, NOW)));
    }

    @Test
    void theSameSpecIsTheSameVersion() {
        assertThat(CatalogRules.update(FUNCTION, "", Specs.handler("app.handler"), STAMP))
                .isEqualTo(new Outcome.Unchanged(FUNCTION));
    }

    @Test
    void aStaleEtagIsRefused() {
        var stale = new Outcome.Refused(new Refusal.StaleEtag("functions/resize", "5", "6"));
        assertThat(CatalogRules.update(FUNCTION, "5", Specs.handler("app.other"), STAMP))
                .isEqualTo(stale);
        assertThat(CatalogRules.delete(FUNCTION, "5", STAMP)).isEqualTo(stale);
    }

    @Test
    void deletesUnderTheNextRevision() {
        assertThat(CatalogRules.delete(FUNCTION, "6", STAMP)).isEqualTo(new Outcome.Removed(NAME, 7));
    }

    @Test
    void setsMovesAndDeletesAnAlias() {
        var canary = alias("canary", share(2, 90), share(3, 10));
        var set = written(CatalogRules.setAlias(FUNCTION, canary, STAMP));
        assertThat(set.aliases()).containsExactly(canary);
        assertThat(set.version()).isEqualTo(3);
        assertThat(set.etag()).isEqualTo("7");

        assertThat(CatalogRules.setAlias(set, canary, STAMP)).isEqualTo(new Outcome.Unchanged(set));

        var moved = written(CatalogRules.setAlias(set, alias("canary", share(3, 100)), STAMP));
        assertThat(moved.aliases()).containsExactly(alias("canary", share(3, 100)));

        var deleted = written(CatalogRules.deleteAlias(moved, "canary", STAMP));
        assertThat(deleted.aliases()).isEmpty();
        assertThat(CatalogRules.deleteAlias(deleted, "canary", STAMP))
                .isEqualTo(new Outcome.Refused(new Refusal.NotFound("functions/resize/aliases/canary")));
    }

    @Test
    void aliasesAreInNameOrder() {
        var both = written(CatalogRules.setAlias(
                written(CatalogRules.setAlias(FUNCTION, alias("prod", share(1, 100)), STAMP)),
                alias("beta", share(3, 100)),
                STAMP));
        assertThat(both.aliases()).extracting(CatalogAlias::id).containsExactly("beta", "prod");
    }

    @Test
    void anAliasMustShareAllCallsBetweenOneOrTwoVersions() {
        assertThat(broken(alias("a"))).isEqualTo("alias.targets");
        assertThat(broken(alias("a", share(1, 99)))).isEqualTo("alias.targets");
        assertThat(broken(alias("a", share(1, 50), share(1, 50)))).isEqualTo("alias.targets");
        assertThat(broken(alias("a", share(1, 50), share(2, 51)))).isEqualTo("alias.targets");
        assertThat(broken(alias("a", share(1, 1), share(2, 1), share(3, 98)))).isEqualTo("alias.targets");
        assertThat(broken(alias("a", share(1, 100), share(2, 0)))).isEqualTo("alias.targets[1].weight_percent");
        assertThat(broken(alias("a", share(1, 4294967295L)))).isEqualTo("alias.targets[0].weight_percent");
    }

    @Test
    void aliasesHaveALimit() {
        var full = IntStream.range(0, CatalogRules.ALIASES_MAX)
                .mapToObj(i -> alias("a" + i, share(1, 100)))
                .toList();
        var function = FUNCTION.withAliases(full, STAMP);
        assertThat(CatalogRules.setAlias(function, alias("one-more", share(1, 100)), STAMP))
                .isEqualTo(new Outcome.Refused(new Refusal.Full("aliases of functions/resize", 16)));
        assertThat(CatalogRules.setAlias(function, alias("a3", share(2, 100)), STAMP))
                .isInstanceOf(Outcome.Written.class);
    }

    private static String broken(CatalogAlias alias) {
        if (CatalogRules.setAlias(FUNCTION, alias, STAMP)
                instanceof Outcome.Refused(Refusal.Invalid(Violation violation))) {
            return violation.field();
        }
        throw new AssertionError("taken: " + alias);
    }

    private static CatalogFunction written(Outcome outcome) {
        return ((Outcome.Written) outcome).function();
    }

    private static CatalogAlias alias(String id, CatalogAlias.Share... shares) {
        return new CatalogAlias(id, List.of(shares));
    }

    private static CatalogAlias.Share share(long version, long percent) {
        return new CatalogAlias.Share(version, percent);
    }
}
