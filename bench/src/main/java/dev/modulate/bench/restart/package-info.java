/** How long a server with many promises takes to start, and what it holds in memory. */
@NullMarked
package dev.modulate.bench.restart;

import org.jspecify.annotations.NullMarked;
