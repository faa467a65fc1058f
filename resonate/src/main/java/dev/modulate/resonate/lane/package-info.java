/** The one owner of the promises of a process: applies operations in order and makes them durable in batches. */
@NullMarked
package dev.modulate.resonate.lane;

import org.jspecify.annotations.NullMarked;
