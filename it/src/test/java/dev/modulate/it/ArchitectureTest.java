package dev.modulate.it;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who may know whom: the table of {@code docs/architecture.md}, executed. */
class ArchitectureTest {
    private static final String GENERATED = "dev.modulate.*.v1..";
    private static final String[] TRANSPORT = {"io.grpc..", "com.linecorp.armeria.."};

    /**
     * A row of the table.
     *
     * @param packages of the module
     * @param except packages below them that belong to another row
     * @param others packages of other modules that it may use
     * @param never packages that a pattern of {@code others} would let in and the table does not
     */
    record Module(String name, List<String> packages, List<String> except, List<String> others, List<String> never) {
        DescribedPredicate<JavaClass> itself() {
            return inAny(packages).and(not(inAny(except))).as(name);
        }

        DescribedPredicate<JavaClass> allowed() {
            return itself().or(inAny(others).and(not(inAny(never))));
        }

        @Override
        public String toString() {
            return name;
        }
    }

    private static final String OBSERVABILITY = "dev.modulate.observability..";
    private static final String RESONATE = "dev.modulate.resonate..";
    private static final String RESONATE_SERVER = "dev.modulate.resonate.server..";
    private static final String RESONATE_V1 = "dev.modulate.resonate.v1..";
    private static final String EXECUTOR = "dev.modulate.executor..";
    private static final String EXECUTOR_V1 = "dev.modulate.executor.v1..";
    private static final String CPU = "dev.modulate.executor.cpu..";
    private static final String GPU = "dev.modulate.executor.gpu..";

    static List<Module> modules() {
        var none = List.<String>of();
        return List.of(
                new Module("proto", List.of(GENERATED), none, none, none),
                new Module("observability", List.of(OBSERVABILITY), none, none, none),
                new Module("resonate", List.of(RESONATE), List.of(RESONATE_SERVER, RESONATE_V1), none, none),
                new Module(
                        "resonate server",
                        List.of(RESONATE_SERVER),
                        none,
                        List.of(GENERATED, OBSERVABILITY, RESONATE),
                        none),
                service("registry", List.of(GENERATED, OBSERVABILITY)),
                service("router", List.of(GENERATED, OBSERVABILITY, RESONATE)),
                service("api", List.of(GENERATED, OBSERVABILITY, RESONATE)),
                new Module(
                        "executor",
                        List.of(EXECUTOR),
                        List.of(EXECUTOR_V1, CPU, GPU),
                        List.of(GENERATED, OBSERVABILITY, RESONATE),
                        List.of(RESONATE_SERVER)),
                new Module(
                        "cpu-executor",
                        List.of(CPU),
                        none,
                        List.of(OBSERVABILITY, EXECUTOR),
                        List.of(EXECUTOR_V1, GPU)),
                new Module(
                        "gpu-executor",
                        List.of(GPU),
                        none,
                        List.of(OBSERVABILITY, EXECUTOR),
                        List.of(EXECUTOR_V1, CPU)),
                new Module("cli", List.of("dev.modulate.cli.."), none, List.of("dev.modulate.."), none));
    }

    private static Module service(String name, List<String> others) {
        String own = "dev.modulate." + name;
        return new Module(name, List.of(own + ".."), List.of(own + ".v1.."), others, List.of(RESONATE_SERVER));
    }

    /** Packages that decide and do nothing: values in, values out. */
    private static final List<String> PURE = List.of(
            "dev.modulate.resonate.machine..",
            "dev.modulate.resonate.protocol..",
            "dev.modulate.router.placement..",
            "dev.modulate.router.scheduling..",
            "dev.modulate.registry.catalog..",
            "dev.modulate.api.admission..");

    private static JavaClasses classes;

    @BeforeAll
    static void readClasses() {
        classes = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("dev.modulate");
    }

    @ParameterizedTest
    @MethodSource("modules")
    void modulesKnowOnlyWhomTheTableAllows(Module module) {
        check(noClasses()
                .that(module.itself())
                .should()
                .dependOnClassesThat(resideInAPackage("dev.modulate..").and(not(module.allowed()))));
    }

    @Test
    void purePackagesDependOnJavaAndEachOtherOnly() {
        check(noClasses()
                .that(inAny(PURE))
                .should()
                .dependOnClassesThat(not(inAny(PURE).or(resideInAnyPackage("java..", "org.jspecify..")))));
    }

    @Test
    void purePackagesStartNoThreadsAndTouchNoFiles() {
        check(noClasses()
                .that(inAny(PURE))
                .should()
                .dependOnClassesThat(belongToAnyOf(Thread.class, java.io.File.class)
                        .or(resideInAnyPackage("java.nio.file..", "java.net.."))));
    }

    @Test
    void devicesOfAKindKnowNoTransport() {
        check(noClasses()
                .that()
                .resideInAnyPackage(CPU, GPU)
                .should()
                .dependOnClassesThat(resideInAnyPackage(TRANSPORT)));
    }

    @Test
    void packagesAreNamedAfterThingsOfTheDomain() {
        check(noClasses()
                .should()
                .resideInAnyPackage(
                        "..util..",
                        "..utils..",
                        "..common..",
                        "..helper..",
                        "..helpers..",
                        "..manager..",
                        "..base..",
                        "..impl..",
                        "..misc.."));
    }

    @Test
    void noClassIsAnImplementationOfItsOwnName() {
        check(noClasses()
                .that(handWritten())
                .should()
                .haveSimpleNameEndingWith("Impl")
                .orShould()
                .haveSimpleNameEndingWith("Manager")
                .orShould()
                .haveSimpleNameEndingWith("Helper")
                .orShould()
                .haveSimpleNameEndingWith("Utils"));
    }

    @Test
    void timeAndChanceComeThroughTheConstructor() {
        check(noClasses()
                .that(handWritten())
                .and(not(resideInAnyPackage("dev.modulate.it..", "dev.modulate.bench..")))
                .and(not(insideMain()))
                .should()
                .accessTargetWhere(readsTheClockOrRollsTheDice()));
    }

    @Test
    void noFieldIsAMutableStatic() {
        check(noFields()
                .that()
                .areDeclaredInClassesThat(handWritten())
                .should()
                .beStatic()
                .andShould()
                .notBeFinal());
    }

    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(classes);
    }

    private static DescribedPredicate<JavaClass> inAny(List<String> packages) {
        return packages.isEmpty() ? not(alwaysTrue()) : resideInAnyPackage(packages.toArray(String[]::new));
    }

    private static DescribedPredicate<JavaClass> handWritten() {
        return resideInAPackage("dev.modulate..").and(not(resideInAPackage(GENERATED)));
    }

    private static DescribedPredicate<JavaClass> insideMain() {
        return DescribedPredicate.describe(
                "a Main", type -> outermost(type).getSimpleName().endsWith("Main"));
    }

    private static JavaClass outermost(JavaClass type) {
        return type.getEnclosingClass().map(ArchitectureTest::outermost).orElse(type);
    }

    private static DescribedPredicate<JavaAccess<?>> readsTheClockOrRollsTheDice() {
        var forbidden = Set.of(
                Instant.class.getName() + ".now",
                System.class.getName() + ".nanoTime",
                System.class.getName() + ".currentTimeMillis",
                Math.class.getName() + ".random",
                Clock.class.getName() + ".systemUTC",
                "java.time.InstantSource.system",
                "java.util.concurrent.ThreadLocalRandom.current");
        return DescribedPredicate.describe(
                "reads the clock or rolls the dice",
                access -> forbidden.contains(access.getTargetOwner().getName() + "."
                        + access.getTarget().getName()));
    }
}
