package dev.modulate.router.scheduling;

/**
 * How far a pin is fulfilled.
 *
 * @param wanted copies
 * @param kept copies that are up and stay
 * @param loading copies that are being loaded to stay
 * @param missing why there are not more, for people; empty when none are missing
 */
public record PinStanding(int wanted, int kept, int loading, String missing) {}
