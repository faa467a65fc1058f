package dev.modulate.router.scheduling;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TenantsTest {
    private final Tenants tenants = new Tenants(10);
    private final Tenants.Tenant one = tenants.of("one");
    private final Tenants.Tenant other = tenants.of("other");

    @Test
    void everybodyIsEntitledWhileNobodyElseWaits() {
        tenants.waits(one);
        tenants.charge(one, 1_000);
        assertThat(tenants.isEntitled(one)).isTrue();
    }

    @Test
    void whoHasUsedItsQuantumLetsTheOtherGoFirst() {
        tenants.waits(one);
        tenants.waits(other);
        assertThat(tenants.isEntitled(one)).isTrue();
        tenants.charge(one, 10);
        assertThat(tenants.isEntitled(one)).isFalse();
        assertThat(tenants.isEntitled(other)).isTrue();
    }

    @Test
    void aNewRoundBeginsWhenAllHaveUsedTheirs() {
        tenants.waits(one);
        tenants.waits(other);
        tenants.isEntitled(one);
        tenants.charge(one, 10);
        tenants.charge(other, 15);
        assertThat(tenants.isEntitled(one)).isTrue();
        assertThat(tenants.isEntitled(other)).isTrue();
        tenants.charge(other, 5);
        assertThat(tenants.isEntitled(other)).as("it owed 5 of its 10").isFalse();
    }

    @Test
    void nothingIsSavedForLaterWhileATenantDoesNotWait() {
        tenants.waits(one);
        tenants.waits(other);
        tenants.charge(other, -1_000);
        tenants.charge(other, 10);
        tenants.charge(one, -1_000);
        assertThat(tenants.isEntitled(other)).isFalse();
    }
}
