/** Which router of a cell is in charge: the one that holds the cell's epoch, a task whose lease it keeps. */
@NullMarked
package dev.modulate.router.group;

import org.jspecify.annotations.NullMarked;
