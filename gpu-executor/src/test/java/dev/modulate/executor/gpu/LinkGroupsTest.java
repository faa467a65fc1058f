package dev.modulate.executor.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LinkGroupsTest {
    @Test
    void devicesWithoutLinksHaveNoGroup() {
        assertThat(LinkGroups.of(3, (one, other) -> false)).containsExactly("", "", "");
    }

    @Test
    void switchedDevicesAreOneGroup() {
        assertThat(LinkGroups.of(4, (one, other) -> true)).containsOnly("nvlink-0");
    }

    @Test
    void pairsWithBridgesAreGroupsOfTheirOwn() {
        assertThat(LinkGroups.of(5, (one, other) -> one / 2 == other / 2))
                .containsExactly("nvlink-0", "nvlink-0", "nvlink-1", "nvlink-1", "");
    }

    @Test
    void aChainOfLinksIsNoGroup() {
        assertThat(LinkGroups.of(3, (one, other) -> Math.abs(one - other) == 1))
                .containsExactly("nvlink-0", "nvlink-0", "");
    }
}
