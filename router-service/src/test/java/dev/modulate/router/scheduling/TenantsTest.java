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
        assertThat(tenants.roundsOwed(one)).isZero();
    }

    @Test
    void whoHasUsedItsQuantumLetsTheOtherGoFirst() {
        tenants.waits(one);
        tenants.waits(other);
        assertThat(tenants.roundsOwed(one)).isZero();
        tenants.charge(one, 10);
        assertThat(tenants.roundsOwed(one)).isPositive();
        assertThat(tenants.roundsOwed(other)).isZero();
    }

    @Test
    void aNewRoundBeginsWhenAllHaveUsedTheirs() {
        tenants.waits(one);
        tenants.waits(other);
        tenants.roundsOwed(one);
        tenants.charge(one, 10);
        tenants.charge(other, 15);
        assertThat(tenants.roundsOwed(one)).isZero();
        assertThat(tenants.roundsOwed(other)).isZero();
        tenants.charge(other, 5);
        assertThat(tenants.roundsOwed(other)).as("it owed 5 of its 10").isPositive();
    }

    @Test
    void nothingIsSavedForLaterWhileATenantDoesNotWait() {
        tenants.waits(one);
        tenants.waits(other);
        tenants.charge(other, -1_000);
        tenants.charge(other, 10);
        tenants.charge(one, -1_000);
        assertThat(tenants.roundsOwed(other)).isPositive();
    }

    @Test
    void whoCannotUseItsShareDoesNotMakeTheOthersEqual() {
        var stuck = tenants.of("stuck");
        tenants.waits(one);
        tenants.waits(other);
        tenants.waits(stuck);
        tenants.roundsOwed(stuck);
        for (int i = 0; i < 1_000; i++) {
            tenants.charge(one, 10);
            tenants.charge(other, 4);
            assertThat(tenants.roundsOwed(stuck)).isZero();
        }

        assertThat(tenants.roundsOwed(other)).isLessThan(tenants.roundsOwed(one));
        assertThat(tenants.roundsOwed(one)).as("what is forgiven").isLessThanOrEqualTo(101);
    }
}
