/** The meter registry that Prometheus scrapes. */
@NullMarked
package dev.modulate.observability.metrics;

import org.jspecify.annotations.NullMarked;
