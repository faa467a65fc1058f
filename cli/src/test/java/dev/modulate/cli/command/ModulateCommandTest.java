package dev.modulate.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ModulateCommandTest {
    private static final String NOBODY = "http://127.0.0.1:1";

    @Test
    void whatIsWrittenWronglyEndsWithTwo() {
        assertThat(ModulateCommand.run(new String[] {})).isEqualTo(2);
        assertThat(ModulateCommand.run(new String[] {"fly"})).isEqualTo(2);
        assertThat(ModulateCommand.run(new String[] {"invoke"})).isEqualTo(2);
        assertThat(ModulateCommand.run(new String[] {"functions", "--endpoint", "ftp://here"}))
                .isEqualTo(2);
        assertThat(ModulateCommand.run(new String[] {"deploy", "a", "/no/such/path"}))
                .isEqualTo(2);
        assertThat(ModulateCommand.run(new String[] {"invoke", "a", "--data", "1", "--file", "x"}))
                .isEqualTo(2);
    }

    @Test
    void aPlatformThatIsNotThereEndsWithThree() {
        assertThat(ModulateCommand.run(new String[] {"functions", "--endpoint", NOBODY}))
                .isEqualTo(3);
        assertThat(ModulateCommand.run(new String[] {"invoke", "a", "--endpoint", NOBODY}))
                .isEqualTo(3);
    }

    @Test
    void helpIsASuccess() {
        assertThat(ModulateCommand.run(new String[] {"--help"})).isZero();
        assertThat(ModulateCommand.run(new String[] {"invoke", "--help"})).isZero();
    }
}
