package dev.modulate.registry.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class VersionPickTest {
    private static final CatalogFunction FUNCTION = new CatalogFunction(
            new FunctionName("default", "resize"),
            5,
            Specs.PYTHON,
            List.of(
                    new CatalogAlias("prod", List.of(new CatalogAlias.Share(3, 100))),
                    new CatalogAlias("canary", List.of(new CatalogAlias.Share(4, 90), new CatalogAlias.Share(5, 10)))),
            Instant.EPOCH,
            Instant.EPOCH,
            1);

    @Test
    void nothingAndLatestMeanTheNewest() {
        assertThat(pick("")).hasValue(5);
        assertThat(pick("latest")).hasValue(5);
    }

    @Test
    void aNumberMeansItself() {
        assertThat(pick("2")).hasValue(2);
        assertThat(pick("0")).isEmpty();
        assertThat(pick("-1")).isEmpty();
        assertThat(pick("99999999999999999999")).isEmpty();
    }

    @Test
    void anAliasMeansItsVersion() {
        assertThat(pick("prod")).hasValue(3);
        assertThat(pick("test")).isEmpty();
    }

    @Test
    void theSameKeyTakesTheSameShare() {
        assertThat(VersionPick.of(FUNCTION, "canary", "order-17"))
                .isEqualTo(VersionPick.of(FUNCTION, "canary", "order-17"));
    }

    @Test
    void keysSpreadByWeight() {
        long newer = IntStream.range(0, 10_000)
                .filter(n -> VersionPick.of(FUNCTION, "canary", "key-" + n).getAsLong() == 5)
                .count();
        assertThat(newer).isCloseTo(1_000, within(100L));
    }

    @Test
    void theHashIsThePublishedOne() {
        assertThat(VersionPick.percentile("")).isZero();
        assertThat(VersionPick.percentile("123456789")).isEqualTo((int) (0xCBF43926L % 100));
    }

    private static OptionalLong pick(String qualifier) {
        return VersionPick.of(FUNCTION, qualifier, "");
    }
}
