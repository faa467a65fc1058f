/** One cell: a single thread that owns queues, nodes and runs, and moves each call from its record to its end. */
@NullMarked
package dev.modulate.router.dispatch;

import org.jspecify.annotations.NullMarked;
