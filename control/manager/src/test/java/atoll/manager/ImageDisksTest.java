package atoll.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import atoll.disk.DiskLocation;
import atoll.disk.ImageInfo;
import atoll.disk.ImageTool;
import atoll.host.Clock;
import atoll.host.Effects;
import atoll.image.ImageFiles;
import atoll.image.ImageStore;
import atoll.image.PreparedImage;
import atoll.image.Progress;
import atoll.image.Recipe;
import atoll.image.RefusedException;
import atoll.isa.Assembler;
import atoll.scenario.Guest;
import atoll.scenario.MemoryMap;
import atoll.scenario.RecipeReader;
import atoll.scenario.ScenarioException;
import atoll.scenario.ScenarioPlan;
import atoll.scenario.ScenarioProblem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** VMs of scenarios that start from images, whose kernel is a few instructions. */
class ImageDisksTest {
  private static final Duration LIMIT = Duration.ofMinutes(5);

  /** Switches the machine off. */
  private static final String KERNEL =
      """
        li t0, 0x100000
        li t1, 0x5555
        sw t1, 0(t0)
        j .
      """;

  @TempDir private Path folder;
  private Manager manager;

  @BeforeEach
  void keepAllInTheFolder() {
    manager =
        new Manager(
            Clock.host(),
            Effects.host(),
            name -> name.startsWith("XDG_") ? folder.resolve(name).toString() : null);
  }

  private ImageFiles make(Recipe recipe) throws IOException {
    ImageStore store = new ImageStore(folder.resolve("XDG_CACHE_HOME/atoll"), Progress.SILENT);
    try (ImageStore.Draft draft = store.begin()) {
      Path image = Files.createDirectory(draft.folder().resolve("image"));
      Files.write(image.resolve("disk.img"), new byte[1 << 20]);
      if (recipe.boot() == Recipe.Boot.KERNEL) {
        Files.write(
            image.resolve("vmlinux"), Assembler.assemble(KERNEL + "nop\n".repeat(8), 0x8020_0000L));
        Files.write(image.resolve("initrd.cpio"), new byte[512]);
      }
      PreparedImage prepared =
          new PreparedImage(image, image, image, "mirror", Instant.EPOCH, "6.12", Map.of());
      return draft.finish(
          image, prepared.manifest(recipe, Instant.EPOCH, Duration.ZERO, Progress.SILENT));
    }
  }

  private Recipe recipe(String name, String text) throws IOException {
    return RecipeReader.read(Files.writeString(folder.resolve(name), text));
  }

  private Path scenario(String vms) throws IOException {
    return Files.writeString(
        folder.resolve("s.yaml"), "machine: {cpus: 2, memory: 1G}\nvms:\n" + vms.indent(2));
  }

  private ScenarioPlan plan(Path file) {
    return manager.perform(new PlanAction.Plan(file));
  }

  private List<String> notes(Path file) {
    return plan(file).notes().stream()
        .map(ScenarioProblem::toString)
        .filter(note -> !note.contains("vmlinux has no header")) // as is said of any bare code
        .toList();
  }

  private void run(Path file) {
    manager.perform(
        new SystemAction.CreateSystem(plan(file).scenario(), Guest.Linux.NO_TERMINAL, Map.of()));
    manager.perform(new SystemAction.StartSystem());
    assertThat(manager.perform(new SystemAction.AwaitSystem(LIMIT))).isTrue();
    manager.perform(new SystemAction.CloseSystem());
  }

  private Path data() {
    return folder.resolve("XDG_DATA_HOME/atoll/systems");
  }

  /** Where the system of the scenario has its disks. */
  private Path system() throws IOException {
    try (Stream<Path> systems = Files.list(data())) {
      return systems.toList().getFirst();
    }
  }

  @Test
  void anImageThatCanBeMadeIsNotMissed() throws IOException {
    Path file = scenario("one: {image: debian, memory: 128M}");
    assertThat(notes(file))
        .singleElement()
        .asString()
        .startsWith(file + ":3:9: vms.one.image: note: the image debian has not been built yet");
    make(RecipeReader.debian());
    assertThat(notes(file)).isEmpty();
  }

  @Test
  void anImageThatIsNotThereAndCannotBeMadeIsRefused() throws IOException {
    Path file = scenario("one: {image: mine, memory: 128M}");
    assertThat(catchThrowableOfType(ScenarioException.class, () -> plan(file)).problems())
        .extracting(ScenarioProblem::key)
        .containsExactly("vms.one.image");
    make(recipe("mine.yaml", "packages: [nano]\n"));
    assertThat(notes(file)).isEmpty();
  }

  @Test
  void machinesOfOneImageEachHaveADiskOfTheirOwn() throws IOException {
    ImageFiles image = make(recipe("mine.yaml", "packages: [nano]\n"));
    Path file = scenario("one: {image: mine, memory: 64M}\ntwo: {image: mine.yaml, memory: 64M}\n");
    run(file);
    for (String vm : List.of("one", "two")) {
      ImageInfo disk =
          ImageTool.describe(
              DiskLocation.of(system().resolve(vm + "/disk.qcow2")), Optional.empty());
      assertThat(disk.size()).isEqualTo(1 << 20);
      assertThat(disk.backingFile()).contains("base.img");
    }
    Files.delete(image.folder().resolve("vmlinux"));
    Files.delete(image.folder().resolve("manifest.json"));
    assertThat(notes(file)).isEmpty(); // since their disks are there
    run(file);
  }

  @Test
  void aFreshDiskLeavesNothing() throws IOException {
    ImageFiles image = make(recipe("mine.yaml", "packages: [nano]\n"));
    run(scenario("one: {image: {name: mine, fresh: true}, memory: 64M}"));
    assertThat(data()).doesNotExist();
    try (Stream<Path> left = Files.list(image.folder().getParent())) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("lock", image.folder().getFileName().toString());
    }
  }

  @Test
  void aChangedRecipeIsForFreshDisksAndOthersGoOn() throws IOException {
    make(recipe("mine.yaml", "packages: [nano]\n"));
    Path file = scenario("one: {image: mine.yaml, memory: 64M}");
    Path fresh =
        Files.writeString(
            folder.resolve("fresh.yaml"),
            Files.readString(file).replace("mine.yaml", "{recipe: mine.yaml, fresh: true}"));
    run(file);
    recipe("mine.yaml", "packages: [vim]\n");
    assertThat(notes(file)).isEmpty();
    assertThat(notes(fresh)).singleElement().asString().contains("has not been built yet");
  }

  @Test
  void aDiskOfAnotherImageIsSaidAndReplacedOnDemandOnly() throws IOException {
    make(recipe("mine.yaml", "packages: [nano]\n"));
    make(recipe("other.yaml", "packages: [vim]\n"));
    run(scenario("one: {image: mine, memory: 64M}"));
    Path file = scenario("one: {image: other, memory: 64M}");
    assertThat(notes(file))
        .singleElement()
        .asString()
        .contains("vms.one.image: note: the disk of 'one' was made from the image mine");
    assertThatThrownBy(() -> run(file))
        .isInstanceOf(RefusedException.class)
        .hasMessageStartingWith(file + ":3:9: vms.one.image: the disk of 'one' was made from");
    manager.perform(new ImageAction.PrepareImages(plan(file).scenario(), true));
    run(file);
    assertThat(notes(file)).isEmpty();
  }

  private static List<String> regions(ScenarioPlan plan) {
    List<String> names = new ArrayList<>();
    for (MemoryMap.GuestRegion each : plan.memory().guests().get("one")) {
      names.add(each.region().name());
    }
    return names;
  }

  @Test
  void thePlanHasTheImagesDiskBeforeTheOthersAndFlashIfFirmwareStartsIt() throws IOException {
    Files.write(folder.resolve("more.img"), new byte[4096]);
    make(recipe("mine.yaml", "packages: [nano]\n"));
    String vm = "one: {image: %s, memory: 128M, disks: [{file: more.img, pci: true}]}";
    ScenarioPlan plan = plan(scenario(vm.formatted("mine")));
    assertThat(regions(plan)).contains("disk of image mine (kept)").doesNotContain("flash, code");
    assertThat(plan.flows().outside())
        .extracting(link -> link.what())
        .contains("disk of image mine (kept)");
    recipe("firm.yaml", "boot: uefi\n");
    assertThat(regions(plan(scenario(vm.formatted("firm.yaml")))))
        .contains("flash, code", "disk of image firm (kept)");
  }

  @Test
  void tooLittleMemoryForFirmwareIsSaidAtTheImagesMachine() throws IOException {
    recipe("firm.yaml", "boot: uefi\n");
    Path file = scenario("one: {image: firm.yaml, memory: 64M}");
    assertThat(catchThrowableOfType(ScenarioException.class, () -> plan(file)).problems())
        .extracting(ScenarioProblem::key)
        .containsExactly("vms.one.memory");
  }
}
