/** One class for each command. Results go to stdout and nothing else does. */
@NullMarked
package dev.modulate.cli.command;

import org.jspecify.annotations.NullMarked;
