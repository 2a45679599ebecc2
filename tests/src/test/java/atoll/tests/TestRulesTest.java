package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.classfile.Attributes;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** The rules of docs/testing.md, over the compiled tests of all modules. */
class TestRulesTest {
  /** What waits for the host's time to pass, or asks how much has. */
  private static final Set<String> HOST_TIME =
      Set.of(
          "java/lang/System.nanoTime",
          "java/lang/System.currentTimeMillis",
          "java/lang/Thread.sleep",
          "java/util/concurrent/TimeUnit.sleep",
          "java/util/concurrent/locks/LockSupport.parkNanos",
          "java/time/Instant.now",
          "java/time/LocalDateTime.now",
          "java/time/ZonedDateTime.now");

  /** Who does nevertheless, and why that decides no test. */
  private static final Map<String, String> LOOKING =
      Map.of(
          "atoll/app/SuspendedRunTest", "the process is stopped for some of the host's time",
          "atoll/tests/LinuxDevicesTest", "a guest's date is between two dates of the host",
          "atoll/net/TestNet", "what never comes ends a test that waits for it",
          "atoll/tests/DriverVmClientsTest", "the same: a line of a console",
          "atoll/tests/SharedFolderGuestTest", "a system is handed over at any instant");

  private static final String LINUX = "atoll/testkit/LinuxGuest";

  private static List<ClassModel> tests() {
    return Stream.concat(
            Road.MODULES.stream().map(Road::folder),
            Stream.of(Road.ROOT.resolve("tests"), Road.ROOT.resolve("bench")))
        .map(folder -> folder.resolve("target/test-classes"))
        .flatMap(folder -> Road.classesIn(folder).stream())
        .toList();
  }

  @Test
  void noTestIsDecidedByTheHostsTime() {
    assertThat(outermost(tests().stream().filter(c -> members(c).anyMatch(HOST_TIME::contains))))
        .isEqualTo(new TreeSet<>(LOOKING.keySet()));
  }

  /** So that those who want to wait for none can leave them out. */
  @Test
  void everyTestThatBootsLinuxIsTaggedSlow() {
    Set<String> tagged = outermost(tests().stream().filter(TestRulesTest::slow));
    assertThat(tagged)
        .containsAll(outermost(tests().stream().filter(c -> classes(c).anyMatch(LINUX::equals))));
  }

  private static boolean slow(ClassModel c) {
    return c.findAttribute(Attributes.runtimeVisibleAnnotations()).stream()
        .flatMap(found -> found.annotations().stream())
        .anyMatch(a -> a.toString().contains("Tag;") && a.toString().contains("slow"));
  }

  private static Set<String> outermost(Stream<ClassModel> classes) {
    return classes
        .map(c -> c.thisClass().asInternalName().replaceFirst("\\$.*", ""))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Stream<PoolEntry> pool(ClassModel c) {
    return StreamSupport.stream(c.constantPool().spliterator(), false);
  }

  private static Stream<String> classes(ClassModel c) {
    return pool(c).filter(ClassEntry.class::isInstance).map(e -> ((ClassEntry) e).asInternalName());
  }

  private static Stream<String> members(ClassModel c) {
    return pool(c)
        .filter(MemberRefEntry.class::isInstance)
        .map(MemberRefEntry.class::cast)
        .map(m -> m.owner().asInternalName() + "." + m.name().stringValue());
  }
}
