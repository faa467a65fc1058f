/** Our server beside the one inside Resonate's own SDK: the same requests at the same times. */
@NullMarked
package dev.modulate.resonate.reference;

import org.jspecify.annotations.NullMarked;
