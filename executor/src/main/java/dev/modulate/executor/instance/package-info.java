/** Function processes: how they are spawned, spoken to, kept warm and killed. */
@NullMarked
package dev.modulate.executor.instance;

import org.jspecify.annotations.NullMarked;
