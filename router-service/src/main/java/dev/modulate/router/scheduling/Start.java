package dev.modulate.router.scheduling;

import dev.modulate.router.placement.DeviceReservation;
import dev.modulate.router.placement.Warmth;
import java.util.List;

/** A call and the place where it starts. */
record Start(Waiting entry, Site site, List<DeviceReservation> devices, Warmth warmth) {}
