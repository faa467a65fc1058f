/** The bytes of functions, kept by their digest. */
@NullMarked
package dev.modulate.registry.artifact;

import org.jspecify.annotations.NullMarked;
