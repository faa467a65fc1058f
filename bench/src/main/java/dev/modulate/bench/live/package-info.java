/** The router's live loop under a thousand fake executors, each on its own stream. */
@NullMarked
package dev.modulate.bench.live;

import org.jspecify.annotations.NullMarked;
