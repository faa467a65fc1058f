/** The functions of the registry, as this API sees them now. */
@NullMarked
package dev.modulate.api.catalogue;

import org.jspecify.annotations.NullMarked;
