/** The promise machine: what every operation and every timer does, without threads, clocks or storage. */
@NullMarked
package dev.modulate.resonate.machine;

import org.jspecify.annotations.NullMarked;
