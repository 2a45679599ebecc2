package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The sub-packages of {@code engine}: docs/engine.md, and ADR 50 for why they are as they are. */
class StreetsTest {
  private static final String ENGINE = "atoll/engine";

  /** What every street may use, and others see: {@code atoll.engine} itself. */
  private static final String FACE = "";

  /** Makes harts and engines, of all streets; others see it, too. */
  private static final String ROOF = "software";

  /** From the lowest to the highest. */
  private static final List<Street> STREETS =
      List.of(
          new Street(FACE),
          new Street("fpu"),
          new Street("decode", FACE),
          new Street("mmu", FACE, "decode"),
          new Street("hart", FACE, "decode", "mmu", "fpu"),
          new Street("interp", FACE, "decode", "mmu", "fpu", "hart"),
          new Street("target", FACE, "decode", "mmu", "fpu", "hart"),
          new Street("x64", FACE, "decode", "mmu", "fpu", "hart", "target"),
          new Street("translate", FACE, "decode", "mmu", "fpu", "hart", "interp", "target"),
          new Street(
              ROOF, FACE, "decode", "mmu", "fpu", "hart", "interp", "target", "x64", "translate"));

  /** A class of the engine in a class file: the street, if it is in one, is a group. */
  private static final Pattern CLASS = Pattern.compile(ENGINE + "/(?:([a-z]\\w*)/)?[A-Z]");

  /** The same in a source. */
  private static final Pattern NAME = Pattern.compile("atoll\\.engine\\.(?:([a-z]\\w*)\\.)?[A-Z]");

  record Street(String name, Set<String> below) {
    Street(String name, String... below) {
      this(name, Set.of(below));
    }

    /** A package's name, in a class file. */
    String folder() {
      return name.equals(FACE) ? ENGINE : ENGINE + "/" + name;
    }
  }

  static List<Street> streets() {
    return STREETS;
  }

  @Test
  void everyPackageOfTheEngineIsAStreet() {
    Set<String> packages =
        classes().stream().map(StreetsTest::folder).collect(Collectors.toCollection(TreeSet::new));
    assertThat(packages)
        .containsExactlyInAnyOrderElementsOf(STREETS.stream().map(Street::folder).toList());
  }

  @Test
  void aStreetNamesOnlyOnesBeforeItSoThatThereIsNoCircle() {
    Set<String> before = new HashSet<>();
    for (Street street : STREETS) {
      assertThat(before).as(street.name).containsAll(street.below);
      before.add(street.name);
    }
  }

  @ParameterizedTest
  @MethodSource("streets")
  void theClassesOfAStreetUseOnlyStreetsBelowIt(Street street) {
    Set<String> wrong = new TreeSet<>();
    for (ClassModel c : classes()) {
      if (!folder(c).equals(street.folder())) {
        continue;
      }
      for (PoolEntry entry : c.constantPool()) {
        if (entry instanceof Utf8Entry text) {
          check(street, c.thisClass().asInternalName(), CLASS, text.stringValue(), wrong);
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  /** The compiler copies constants, so that a class file does not tell where they come from. */
  @ParameterizedTest
  @MethodSource("streets")
  void theSourcesOfAStreetNameOnlyStreetsBelowIt(Street street) throws IOException {
    Set<String> wrong = new TreeSet<>();
    for (Path source : Road.sources("engine")) {
      String text = Files.readString(source);
      if (text.contains("package " + street.folder().replace('/', '.') + ";")) {
        check(street, source.getFileName().toString(), NAME, text, wrong);
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void othersSeeTheFaceAndWhatMakesHarts() {
    List<String> exported =
        Road.classes("engine").stream()
            .filter(ClassModel::isModuleInfo)
            .flatMap(c -> c.findAttribute(Attributes.module()).orElseThrow().exports().stream())
            .map(e -> e.exportedPackage().name().stringValue())
            .toList();
    assertThat(exported).containsExactlyInAnyOrder(ENGINE, ENGINE + "/" + ROOF);
  }

  private static List<ClassModel> classes() {
    return Road.classes("engine").stream().filter(c -> !c.isModuleInfo()).toList();
  }

  private static String folder(ClassModel c) {
    String name = c.thisClass().asInternalName();
    return name.substring(0, name.lastIndexOf('/'));
  }

  private static void check(
      Street street, String user, Pattern pattern, String text, Set<String> wrong) {
    for (MatchResult match : pattern.matcher(text).results().toList()) {
      String used = match.group(1) == null ? FACE : match.group(1);
      if (!used.equals(street.name) && !street.below.contains(used)) {
        wrong.add(user + " -> " + (used.equals(FACE) ? "atoll.engine" : used));
      }
    }
  }
}
