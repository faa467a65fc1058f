package dev.modulate.resonate.durability;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A real file system that is nearly full, and has room again once some of it is deleted. */
public final class SmallDisk implements AutoCloseable {
    static final int DISK_MIB = 64;
    private static final int BALLAST_BYTES = 40 << 20;

    private final Path folder;

    private SmallDisk(Path folder) {
        this.folder = folder;
    }

    /** Skips the test where nothing can be mounted. */
    public static SmallDisk mount(Path parent) throws IOException {
        var folder = Files.createDirectory(parent.resolve("disk"));
        boolean mounted = run("mount", "-t", "tmpfs", "-o", "size=" + DISK_MIB + "m", "tmpfs", folder.toString());
        assumeTrue(
                mounted || System.getenv("CI") != null,
                "a small file system needs the right to mount (root); not permitted here");
        assertThat(mounted).as("mount").isTrue();
        Files.write(folder.resolve("ballast"), new byte[BALLAST_BYTES]);
        return new SmallDisk(folder);
    }

    public Path folder() {
        return folder;
    }

    public void makeRoom() throws IOException {
        Files.delete(folder.resolve("ballast"));
    }

    private static boolean run(String... command) throws IOException {
        return new ProcessBuilder(command).inheritIO().start().onExit().join().exitValue() == 0;
    }

    @Override
    public void close() throws IOException {
        assertThat(run("umount", folder.toString())).as("umount").isTrue();
    }
}
