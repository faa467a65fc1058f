/** Tests of the election: the real promise machine, a clock and a thread that are told to go. */
@NullMarked
package dev.modulate.router.group;

import org.jspecify.annotations.NullMarked;
