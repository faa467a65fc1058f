package dev.modulate.registry.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.modulate.registry.artifact.Artifact;
import dev.modulate.registry.catalog.CatalogAlias;
import dev.modulate.registry.catalog.CatalogFunction;
import dev.modulate.registry.catalog.CatalogRules;
import dev.modulate.registry.catalog.CatalogVersion;
import dev.modulate.registry.catalog.FunctionName;
import dev.modulate.registry.catalog.Outcome;
import dev.modulate.registry.catalog.Spec;
import dev.modulate.registry.catalog.Specs;
import dev.modulate.registry.catalog.Stamp;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every store of the catalogue keeps to. */
abstract class CatalogStoreContract {
    static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    static final int CHANGES_MAX = 5;

    private static final FunctionName A = new FunctionName("default", "a");
    private static final FunctionName B = new FunctionName("default", "b");
    private static final FunctionName C = new FunctionName("default", "c");

    @TempDir
    private Path folder;

    private CatalogStore store;

    /** On the same data each time; a closed store has let go of it. */
    abstract CatalogStore newStore(Path folder);

    @BeforeEach
    void open() {
        store = newStore(folder);
        store.open();
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void aNewCatalogueIsEmptyAndStartsHigh() {
        assertThat(store.revision()).isEqualTo(START.toEpochMilli());
        assertThat(store.functionCount()).isZero();
        assertThat(store.names()).isEmpty();
        assertThat(store.function(A)).isEmpty();
        assertThat(store.entry(A)).isEmpty();
        assertThat(store.lastVersion(A)).isZero();
    }

    @Test
    void keepsEverythingOverARestart() {
        var spec = Specs.maps(Map.of("A", "1"), Map.of("team", "x"));
        create(A, Specs.PYTHON);
        update(A, spec);
        alias(A, new CatalogAlias("canary", List.of(new CatalogAlias.Share(2, 10), new CatalogAlias.Share(1, 90))));
        store.putArtifact(new Artifact(Specs.DIGEST, 17, Artifact.Format.ZIP));
        var before = store.function(A);
        long revision = store.revision();

        store.close();
        store = newStore(folder);
        store.open();

        assertThat(store.revision()).isEqualTo(revision);
        assertThat(store.function(A)).isEqualTo(before);
        assertThat(store.function(A)).hasValueSatisfying(function -> {
            assertThat(function.spec()).isEqualTo(spec);
            assertThat(function.aliases())
                    .extracting(alias -> alias.shares().get(0).percent())
                    .containsExactly(10L);
        });
        assertThat(store.version(A, 1)).map(CatalogVersion::spec).hasValue(Specs.PYTHON);
        assertThat(store.artifact(Specs.DIGEST)).hasValue(new Artifact(Specs.DIGEST, 17, Artifact.Format.ZIP));
    }

    @Test
    void everyChangeTakesTheNextRevision() {
        create(A, Specs.PYTHON);
        long first = store.revision();
        update(A, Specs.handler("app.other"));
        assertThat(store.revision()).isEqualTo(first + 1);
        var stale = CatalogRules.create(B, Specs.PYTHON, null, 0, new Stamp(first, START));
        assertThatThrownBy(() -> store.write((Outcome.Written) stale)).hasMessageContaining("revision: " + first);
        assertThat(store.function(B)).isEmpty();
    }

    @Test
    void listsFunctionsInNameOrderFromAPlace() {
        create(C, Specs.PYTHON);
        create(A, Specs.PYTHON);
        create(B, Specs.PYTHON);
        assertThat(store.functions("default", "", 2))
                .extracting(CatalogFunction::name)
                .containsExactly(A, B);
        assertThat(store.functions("default", "b", 2))
                .extracting(CatalogFunction::name)
                .containsExactly(C);
        assertThat(store.functions("other", "", 2)).isEmpty();
        assertThat(store.names()).containsExactly(A, B, C);
    }

    @Test
    void listsVersionsNewestFirst() {
        create(A, Specs.PYTHON);
        update(A, Specs.handler("app.two"));
        update(A, Specs.handler("app.three"));
        assertThat(store.versions(A, Long.MAX_VALUE, 2))
                .extracting(CatalogVersion::number)
                .containsExactly(3L, 2L);
        assertThat(store.versions(A, 2, 2)).extracting(CatalogVersion::number).containsExactly(1L);
        assertThat(store.version(A, 4)).isEmpty();
        assertThat(store.version(A, 2)).map(CatalogVersion::spec).hasValue(Specs.handler("app.two"));
    }

    @Test
    void anEntryHoldsTheNewestVersionAndThoseOfAliases() {
        create(A, Specs.PYTHON);
        update(A, Specs.handler("app.two"));
        update(A, Specs.handler("app.three"));
        alias(A, new CatalogAlias("prod", List.of(new CatalogAlias.Share(1, 100))));
        assertThat(store.entry(A))
                .hasValueSatisfying(entry -> assertThat(entry.versions())
                        .extracting(CatalogVersion::number)
                        .containsExactly(3L, 1L));
    }

    @Test
    void aDeletedFunctionLeavesOnlyItsLastNumber() {
        create(A, Specs.PYTHON);
        update(A, Specs.handler("app.two"));
        alias(A, new CatalogAlias("prod", List.of(new CatalogAlias.Share(1, 100))));
        delete(A);
        assertThat(store.function(A)).isEmpty();
        assertThat(store.names()).isEmpty();
        assertThat(store.functionCount()).isZero();
        assertThat(store.version(A, 2)).isEmpty();
        assertThat(store.lastVersion(A)).isEqualTo(2);

        create(A, Specs.PYTHON);
        assertThat(store.function(A)).hasValueSatisfying(function -> {
            assertThat(function.version()).isEqualTo(3);
            assertThat(function.aliases()).isEmpty();
        });
    }

    @Test
    void knowsTheLastChangeOfEachFunctionSinceARevision() {
        long start = store.revision();
        create(A, Specs.PYTHON);
        create(B, Specs.PYTHON);
        update(A, Specs.handler("app.two"));
        assertThat(store.changesSince(start))
                .isEqualTo(new CatalogStore.Changes.Known(
                        List.of(new CatalogStore.Change(B, start + 2), new CatalogStore.Change(A, start + 3))));
        assertThat(store.changesSince(start + 2))
                .isEqualTo(new CatalogStore.Changes.Known(List.of(new CatalogStore.Change(A, start + 3))));
        assertThat(store.changesSince(start + 3)).isEqualTo(new CatalogStore.Changes.Known(List.of()));
    }

    @Test
    void forgetsOldChanges() {
        long start = store.revision();
        create(A, Specs.PYTHON);
        for (int i = 0; i < CHANGES_MAX; i++) {
            update(A, Specs.handler("app.h" + i));
        }
        assertThat(store.changesSince(start)).isInstanceOf(CatalogStore.Changes.Forgotten.class);
        assertThat(store.changesSince(start + 1)).isInstanceOf(CatalogStore.Changes.Known.class);
    }

    @Test
    void knowsNothingOfRevisionsOfAnotherCatalogue() {
        long start = store.revision();
        assertThat(store.changesSince(start - 1)).isInstanceOf(CatalogStore.Changes.Forgotten.class);
        assertThat(store.changesSince(start + 1)).isInstanceOf(CatalogStore.Changes.Forgotten.class);
        assertThat(store.changesSince(start)).isInstanceOf(CatalogStore.Changes.Known.class);
    }

    @Test
    void keepsTheFirstFactsOfAnArtifact() {
        store.putArtifact(new Artifact(Specs.DIGEST, 17, Artifact.Format.ZIP));
        store.putArtifact(new Artifact(Specs.DIGEST, 17, Artifact.Format.FILE));
        assertThat(store.artifact(Specs.DIGEST)).map(Artifact::format).hasValue(Artifact.Format.ZIP);
        assertThat(store.artifact("0".repeat(64))).isEmpty();
    }

    private void create(FunctionName name, Spec spec) {
        write(CatalogRules.create(name, spec, null, store.lastVersion(name), stamp()));
    }

    private void update(FunctionName name, Spec spec) {
        write(CatalogRules.update(store.function(name).orElseThrow(), "", spec, stamp()));
    }

    private void alias(FunctionName name, CatalogAlias alias) {
        write(CatalogRules.setAlias(store.function(name).orElseThrow(), alias, stamp()));
    }

    private void delete(FunctionName name) {
        store.remove((Outcome.Removed) CatalogRules.delete(store.function(name).orElseThrow(), "", stamp()));
    }

    private void write(Outcome outcome) {
        store.write((Outcome.Written) outcome);
    }

    private Stamp stamp() {
        return new Stamp(store.revision() + 1, START.plusMillis(store.revision() % 1_000));
    }
}
