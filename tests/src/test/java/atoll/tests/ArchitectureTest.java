package atoll.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassModel;
import java.lang.classfile.attribute.ModuleAttribute;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.ModuleEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules of ARCHITECTURE.md that a compiler does not hold, over the compiled classes. */
class ArchitectureTest {
  private static final int KERNEL_LINES = 5000;

  /** What makes a run differ from the last. */
  private static final Set<String> NONDETERMINISM =
      Set.of(
          "java/lang/System.nanoTime",
          "java/lang/System.currentTimeMillis",
          "java/lang/Math.random",
          "java/time/Instant.now",
          "java/time/LocalDateTime.now",
          "java/time/ZonedDateTime.now",
          "java/time/Clock.systemUTC",
          "java/time/Clock.systemDefaultZone",
          "java/util/Random.<init>",
          "java/util/SplittableRandom.<init>",
          "java/util/concurrent/ThreadLocalRandom.current",
          "java/security/SecureRandom.<init>",
          "java/security/SecureRandom.getInstance",
          "java/security/SecureRandom.getInstanceStrong",
          "java/util/UUID.randomUUID");

  /** Who asks the host for that nevertheless: time between two pages on a terminal. */
  private static final Set<String> ASKING_THE_HOST = Set.of("atoll/console/LiveScreen");

  /** What makes threads and timers, or waits for the host's time. */
  private static final Set<String> CONCURRENCY =
      Set.of(
          "java/lang/Thread.<init>",
          "java/lang/Thread.ofPlatform",
          "java/lang/Thread.ofVirtual",
          "java/lang/Thread.sleep",
          "java/lang/Thread.startVirtualThread",
          "java/util/Timer.<init>",
          "java/util/concurrent/CompletableFuture.completeOnTimeout",
          "java/util/concurrent/CompletableFuture.delayedExecutor",
          "java/util/concurrent/CompletableFuture.orTimeout",
          "java/util/concurrent/CompletableFuture.runAsync",
          "java/util/concurrent/CompletableFuture.supplyAsync",
          "java/util/concurrent/Executors.newCachedThreadPool",
          "java/util/concurrent/Executors.newFixedThreadPool",
          "java/util/concurrent/Executors.newScheduledThreadPool",
          "java/util/concurrent/Executors.newSingleThreadExecutor",
          "java/util/concurrent/Executors.newSingleThreadScheduledExecutor",
          "java/util/concurrent/Executors.newVirtualThreadPerTaskExecutor",
          "java/util/concurrent/Executors.newWorkStealingPool",
          "java/util/concurrent/ForkJoinPool.<init>",
          "java/util/concurrent/ForkJoinPool.commonPool",
          "java/util/concurrent/ScheduledThreadPoolExecutor.<init>",
          "java/util/concurrent/ThreadPoolExecutor.<init>");

  /**
   * Who makes them nevertheless: a physical CPU is a thread; a console has threads that wait in the
   * host's calls; and the process has one that it runs at its end.
   */
  private static final Set<String> MAKING_THREADS =
      Set.of(
          "atoll/kernel/Pcpu",
          "atoll/console/ConsoleInput",
          "atoll/console/ConsoleOutput",
          "atoll/console/ConsoleReader",
          "atoll/console/LiveScreen",
          "atoll/console/OutputFile",
          "atoll/console/PromptScreen",
          "atoll/console/TerminalConsole",
          "atoll/console/TypedCommand",
          "atoll/front/OrderlyStop");

  /** Modules that programs of others use, and the only ones that these see. */
  private static final Set<String> FOR_EVERYBODY = Set.of("peripheral", "api", "junit");

  /** Modules that may read and write at any address. */
  private static final Set<String> ADDRESSING = Set.of("host", "verify", "engine");

  /** What makes code executable, and what enters it, by who may. */
  private static final Map<String, String> MAKING_CODE =
      Map.of(
          "atoll/host/ExecutableMemory", "atoll/verify/CodeGate",
          "atoll/host/NativeCode", "atoll/engine/target/CodeArea");

  private static final Set<String> ASKING_ABOUT_CODE =
      Set.of("atoll/host/ExecutableMemory.unavailable");

  /** Where the processors are listed that code is made for; nobody else names one: ADR 185. */
  private static final Map<String, String> LISTING_TARGETS =
      Map.of(
          "atoll/emit/CodeBuffer", "atoll/emit/X64Encoder",
          "atoll/verify/HostCode", "atoll/verify/X64Code",
          "atoll/engine/software/Translator", "atoll/engine/x64/X64Target");

  /** What is of x86-64 alone. */
  private static final Pattern X64 =
      Pattern.compile(
          "atoll/engine/x64/.*|atoll/(emit|verify)/X64.*"
              + "|atoll/verify/(PieceVerifier|PieceIdioms|Idiom|Instruction.*|GuestAddresses)");

  /** A class of ours in a name or a descriptor. */
  private static final Pattern PACKAGE = Pattern.compile("(atoll/(?:[a-z0-9]+/)*[a-z0-9]+)/[A-Z]");

  static List<String> modules() {
    return Road.MODULES;
  }

  @ParameterizedTest
  @MethodSource("modules")
  void aModuleUsesOnlyPackagesOfModulesAboveIt(String module) {
    List<String> allowed = Road.MODULES.subList(0, Road.MODULES.indexOf(module) + 1);
    Set<String> wrong = new TreeSet<>();
    for (ClassModel c : Road.classes(module)) {
      classes(c)
          .filter(name -> name.startsWith("atoll/"))
          .filter(name -> !allowed.contains(name.split("/", -1)[1]))
          .forEach(name -> wrong.add(c.thisClass().asInternalName() + " -> " + name));
    }
    assertThat(wrong).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("modules")
  void aModuleRequiresOnlyModulesAboveIt(String module) {
    assertThat(Road.MODULES.subList(0, Road.MODULES.indexOf(module))).containsAll(required(module));
  }

  /** The modules of ours that one requires. */
  private static List<String> required(String module) {
    return info(module).requires().stream()
        .map(r -> r.requires())
        .map(ModuleEntry::name)
        .map(name -> name.stringValue())
        .filter(name -> name.startsWith("atoll."))
        .map(name -> name.substring("atoll.".length()))
        .toList();
  }

  private static ModuleAttribute info(String module) {
    return Road.classes(module).stream()
        .filter(ClassModel::isModuleInfo)
        .findFirst()
        .orElseThrow(() -> new AssertionError(module + " has no module-info"))
        .findAttribute(Attributes.module())
        .orElseThrow();
  }

  @ParameterizedTest
  @MethodSource("modules")
  void aModuleIsOneFlatPackage(String module) {
    Set<String> packages = new TreeSet<>();
    for (ClassModel c : Road.classes(module)) {
      String name = c.thisClass().asInternalName();
      if (name.contains("/")) {
        packages.add(name.substring(0, name.lastIndexOf('/')));
      }
    }
    packages.remove("atoll/" + module + "/spi");
    packages.removeIf(name -> name.startsWith("atoll/engine/")); // StreetsTest knows them
    assertThat(packages).isSubsetOf("atoll/" + module);
  }

  @ParameterizedTest
  @MethodSource("modules")
  void onlyTheHostModuleMakesForeignCalls(String module) {
    Set<String> wrong = new TreeSet<>();
    if (!module.equals("host")) {
      for (ClassModel c : Road.classes(module)) {
        classes(c)
            .filter(name ->
                name.equals("java/lang/foreign/Linker")
                    || name.equals("java/lang/foreign/SymbolLookup")
                    || name.startsWith("sun/misc/")
                    || name.startsWith("jdk/internal/"))
            .forEach(name -> wrong.add(c.thisClass().asInternalName() + " -> " + name));
        members(c)
            .filter(m -> m.equals("java/lang/foreign/MemorySegment.reinterpret"))
            .forEach(m -> wrong.add(c.thisClass().asInternalName() + " -> " + m));
      }
    }
    assertThat(wrong).isEmpty();
  }

  /** What is unchecked has few callers, who know why: docs/isolation.md. */
  @ParameterizedTest
  @MethodSource("modules")
  void onlyTheEngineAccessesMemoryByAddressAndMakesCode(String module) {
    Set<String> wrong = new TreeSet<>();
    for (ClassModel c : Road.classes(module)) {
      String user = c.thisClass().asInternalName();
      members(c)
          .filter(m ->
              m.startsWith("atoll/host/RawMemory.") && !ADDRESSING.contains(module)
                  || !user.equals(MAKING_CODE.getOrDefault(m.substring(0, m.indexOf('.')), user))
                      && !module.equals("host")
                      && !ASKING_ABOUT_CODE.contains(m))
          .forEach(m -> wrong.add(user + " -> " + m));
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void whatIsOfOneProcessorIsNamedWhereProcessorsAreListedOnly() {
    Set<String> wrong = new TreeSet<>();
    Set<String> listing = new TreeSet<>();
    for (String module : Road.MODULES) {
      for (ClassModel c : Road.classes(module)) {
        String user = c.thisClass().asInternalName();
        if (!X64.matcher(user).matches()) {
          for (String name : classes(c).filter(X64.asMatchPredicate()).toList()) {
            (name.equals(LISTING_TARGETS.get(user)) ? listing : wrong).add(user + " -> " + name);
          }
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(listing).hasSameSizeAs(LISTING_TARGETS.keySet());
  }

  @Test
  void timeAndRandomnessAreHandedIn() {
    assertThat(usersOf(NONDETERMINISM)).isEqualTo(ASKING_THE_HOST);
  }

  @Test
  void threadsAndTimersAreHandedIn() {
    assertThat(usersOf(CONCURRENCY)).isEqualTo(MAKING_THREADS);
  }

  /** The outermost classes that name one of these methods; what is in {@code host} is theirs. */
  private static Set<String> usersOf(Set<String> methods) {
    return Road.MODULES.stream()
        .filter(module -> !module.equals("host"))
        .flatMap(module -> Road.classes(module).stream())
        .filter(c -> members(c).anyMatch(methods::contains))
        .map(c -> c.thisClass().asInternalName().replaceFirst("\\$.*", ""))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** A CPU of another kind plugs in where the engine's harts do. */
  @Test
  void theKernelRequiresNoEngine() {
    assertThat(required("kernel")).containsExactlyInAnyOrder("state", "host", "memory", "cpu");
    assertThat(required("cpu")).containsExactly("state");
  }

  @Test
  void theKernelKnowsNoDeviceAndNoFile() {
    Set<String> wrong = new TreeSet<>();
    for (ClassModel c : Road.classes("kernel")) {
      classes(c)
          .filter(name ->
              name.startsWith("java/io/File")
                  || name.startsWith("java/nio/file/")
                  || name.startsWith("java/net/")
                  || name.startsWith("com/"))
          .forEach(name -> wrong.add(c.thisClass().asInternalName() + " -> " + name));
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void theKernelIsAtMostFiveThousandLines() throws IOException {
    long lines = 0;
    for (Path p : Road.sources("kernel")) {
      try (Stream<String> text = Files.lines(p)) {
        lines += text.count();
      }
    }
    assertThat(lines).isPositive().isLessThanOrEqualTo(KERNEL_LINES);
  }

  @Test
  void theRootPomListsTheModulesInTheOrderOfTheRoad() throws IOException {
    List<String> listed =
        Files.readAllLines(Road.ROOT.resolve("pom.xml")).stream()
            .map(String::strip)
            .filter(l -> l.startsWith("<module>"))
            .map(l -> l.substring("<module>".length(), l.indexOf("</")))
            .filter(path -> path.contains("/"))
            .toList();
    assertThat(listed).isEqualTo(Road.MODULES.stream().map(Road::path).toList());
  }

  @Test
  void whatIsolatesRequiresNothingElse() {
    for (String module : Road.WINGS.get("core")) {
      assertThat(Road.WINGS.get("core")).containsAll(required(module));
    }
  }

  /** A face that is open to a module which does not use it is open for nothing. */
  @ParameterizedTest
  @MethodSource("modules")
  void aPackageIsExportedToThoseThatUseItOnly(String module) {
    info(module)
        .exports()
        .forEach(face -> {
          String exported = face.exportedPackage().name().stringValue();
          Set<String> users = new TreeSet<>();
          Road.MODULES.stream()
              .filter(other -> !other.equals(module) && packages(other).contains(exported))
              .forEach(other -> users.add("atoll." + other));
          Set<String> to = new TreeSet<>();
          face.exportsTo().forEach(m -> to.add(m.name().stringValue()));
          if (FOR_EVERYBODY.contains(module)) {
            assertThat(to).as(exported).isEmpty();
          } else {
            assertThat(to).as(exported).isNotEmpty().isEqualTo(users);
          }
        });
  }

  @ParameterizedTest
  @MethodSource("modules")
  void aModuleRequiresWhatItUses(String module) {
    Set<String> used = new TreeSet<>();
    packages(module).forEach(name -> used.add(name.split("/", -1)[1]));
    used.remove(module);
    assertThat(required(module)).containsExactlyInAnyOrderElementsOf(used);
  }

  /** Our packages that a module's classes name, those of their members' types included. */
  private static Set<String> packages(String module) {
    return Road.classes(module).stream()
        .filter(c -> !c.isModuleInfo())
        .flatMap(ArchitectureTest::pool)
        .filter(Utf8Entry.class::isInstance)
        .flatMap(e -> PACKAGE.matcher(((Utf8Entry) e).stringValue()).results())
        .map(found -> found.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Stream<PoolEntry> pool(ClassModel c) {
    return StreamSupport.stream(c.constantPool().spliterator(), false);
  }

  /** Every class that is named, array element types included. */
  private static Stream<String> classes(ClassModel c) {
    return pool(c)
        .filter(ClassEntry.class::isInstance)
        .map(e -> ((ClassEntry) e).asInternalName().replaceFirst("^\\[+L?", "").replace(";", ""));
  }

  /** Every method or field that is named, as {@code package/Class.member}. */
  private static Stream<String> members(ClassModel c) {
    return pool(c)
        .filter(MemberRefEntry.class::isInstance)
        .map(MemberRefEntry.class::cast)
        .map(m -> m.owner().asInternalName() + "." + m.name().stringValue());
  }
}
