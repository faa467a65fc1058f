package dev.modulate.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Duration;
import org.junit.jupiter.api.Test;

class QuantitiesTest {
    @Test
    void timesAndSizesAreReadWithTheirUnits() {
        assertThat(Quantities.duration("--timeout", "1500ms"))
                .isEqualTo(Duration.newBuilder()
                        .setSeconds(1)
                        .setNanos(500_000_000)
                        .build());
        assertThat(Quantities.bytes("--memory", "6GiB")).isEqualTo(6L << 30);
    }

    @Test
    void whatHasNoUnitIsRefusedWithTheOptionsName() {
        assertThatThrownBy(() -> Quantities.duration("--timeout", "30"))
                .hasMessage("--timeout: \"30\" (expected: a time with unit ms, s, m, h or d)");
        assertThatThrownBy(() -> Quantities.bytes("--gpu-memory", "6"))
                .hasMessage("--gpu-memory: \"6\" (expected: a size with unit B, KiB, MiB, GiB or TiB)");
    }

    @Test
    void partsAreReadInThousandths() {
        assertThat(Quantities.thousandths("--gpu-share", "0.25")).isEqualTo(250);
        assertThat(Quantities.thousandths("--gpu-share", ".001")).isEqualTo(1);
        for (String wrong : new String[] {"0", "1", "a quarter", "-0.5", "NaN"}) {
            assertThatThrownBy(() -> Quantities.thousandths("--gpu-share", wrong))
                    .hasMessage("--gpu-share: \"" + wrong
                            + "\" (expected: a part from 0.001 to 0.999; leave it out for whole devices)");
        }
    }

    @Test
    void sizesAreShownInTheUnitThatKeepsThemShort() {
        assertThat(Quantities.show(512)).isEqualTo("512B");
        assertThat(Quantities.show(6L << 30)).isEqualTo("6.0GiB");
        assertThat(Quantities.show(1536)).isEqualTo("1.5KiB");
    }
}
