/** Tests of the cell: real services in one process, the real promise machine, a clock that is told to go. */
@NullMarked
package dev.modulate.router.dispatch;

import org.jspecify.annotations.NullMarked;
