package dev.modulate.router.foreign;

/**
 * What a cell needs to serve programs of an SDK.
 *
 * @param tenant of calls that name none
 */
public record SdkParts(Deployed deployed, String tenant, SdkCallMeters meters) {}
