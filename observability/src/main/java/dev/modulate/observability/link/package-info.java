/** Streams between services: stubs by address, redialling, and sending in order without a lock. */
@NullMarked
package dev.modulate.observability.link;

import org.jspecify.annotations.NullMarked;
