package atoll.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.vmm.FdtTree.Reservation;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A user's device tree reaches the guest with all that it says, and is heeded. */
class GivenTreeTest {
  private static final byte[] GUEST = Elf.of("j .", Fixture.RAM + 2 * Fixture.MIB);
  private static final Path DTC = Path.of("/usr/bin/dtc");
  private static final int PADDING = 8192;
  private static final long MIB = Fixture.MIB;
  private static final long TOP = Fixture.RAM + 64 * MIB;

  @TempDir Path folder;

  private static Boot boot(byte[] tree, String words, int initrdSize) {
    return new Boot.KernelBoot(
        Fixture.image("kernel", GUEST),
        Optional.of(initrdSize)
            .filter(size -> size > 0)
            .map(size -> Fixture.image("initrd", new byte[size])),
        words,
        Optional.of(Fixture.image("own.dtb", tree)));
  }

  private static byte[] passed(byte[] tree, String words, int initrdSize) {
    return VirtualMachine.deviceTree(Fixture.config(boot(tree, words, initrdSize)).build());
  }

  private static FdtTree read(byte[] blob) {
    return FdtReader.read("blob", MemorySegment.ofArray(blob));
  }

  /** What {@code docs/board.md} says that becomes of a tree. */
  private static FdtTree expected(FdtTree tree, String words) {
    FdtNode chosen = tree.root().child("chosen");
    if (!words.isEmpty()) {
      chosen.strings("bootargs", words);
    }
    chosen.bytes("rng-seed", new byte[64]);
    return new FdtTree(
        tree.root(), tree.reservations(), tree.bootHart(), Math.max(tree.padding(), PADDING));
  }

  private static byte[] withoutSeed(byte[] blob) {
    FdtTree tree = read(blob);
    FdtNode chosen = tree.root().find("chosen").orElseThrow();
    assertThat(chosen.property("rng-seed").orElseThrow()).hasSize(64).containsOnly(0x5a);
    chosen.bytes("rng-seed", new byte[64]);
    return FdtWriter.write(tree);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void anyTreeDiffersOnlyInWhatIsDocumented(long seed) {
    RandomTree random = new RandomTree(seed);
    for (int round = 0; round < 50; round++) {
      byte[] given = FdtWriter.write(random.tree());
      String words = round % 2 == 0 ? "" : "console=ttyS0 round=" + round;
      byte[] found = passed(given, words, 0);
      assertThat(withoutSeed(found)).isEqualTo(FdtWriter.write(expected(read(given), words)));
      assertThat(withoutSeed(passed(found, "", 0))).isEqualTo(withoutSeed(found));
    }
  }

  /** Trees of any shape: names, sizes, order, depth, doubles, reservations, padding. */
  private static final class RandomTree {
    private final Random random;

    RandomTree(long seed) {
      random = new Random(seed);
    }

    FdtTree tree() {
      FdtNode root = node("", 1 + random.nextInt(6));
      if (random.nextBoolean()) {
        FdtNode chosen = root.child("chosen");
        chosen.strings("stdout-path", "/elsewhere").strings("bootargs", "its own");
        chosen.longs("kaslr-seed", random.nextLong()).flag("vendor,flag");
        chosen.child("module@0").strings("compatible", "multiboot,module");
      }
      List<Reservation> reservations = new ArrayList<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        reservations.add(new Reservation(1 + random.nextLong(1L << 32), random.nextLong(1L << 22)));
      }
      int padding = random.nextInt(3) * 6000;
      return new FdtTree(root, reservations, random.nextInt(), padding);
    }

    private FdtNode node(String name, int depth) {
      FdtNode node = new FdtNode(name);
      for (int i = random.nextInt(6); i > 0; i--) {
        byte[] value = new byte[random.nextInt(10) == 0 ? 20_000 : random.nextInt(20)];
        random.nextBytes(value);
        node.append(word(), value);
      }
      for (int i = depth == 0 ? 0 : random.nextInt(4); i > 0; i--) {
        node.add(node(word() + (random.nextBoolean() ? "@" + random.nextInt(99) : ""), depth - 1));
      }
      return node;
    }

    /** From few, so that names meet again; one has letters that are no ASCII. */
    private String word() {
      String[] words = {
        "reg", "phandle", "a,b#c?d.e_f+g-h", "linux,phandle", "x", "caf\u00e9", "m"
      };
      return words[random.nextInt(words.length)];
    }
  }

  private byte[] compiled(String source, String... options) throws Exception {
    Path dts = Files.writeString(folder.resolve("given.dts"), source);
    Path dtb = folder.resolve("given.dtb");
    dtc(dts, dtb, "dts", "dtb", options);
    return Files.readAllBytes(dtb);
  }

  private String decompiled(byte[] blob) throws Exception {
    Path dtb = Files.write(folder.resolve("found.dtb"), blob);
    Path dts = folder.resolve("found.dts");
    dtc(dtb, dts, "dtb", "dts");
    return Files.readString(dts);
  }

  private static void dtc(Path from, Path to, String in, String out, String... options)
      throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(DTC), "dtc is not installed");
    List<String> command = new ArrayList<>(List.of(DTC.toString(), "-q", "-I", in, "-O", out));
    command.addAll(List.of(options));
    command.addAll(List.of("-o", to.toString(), from.toString()));
    Process dtc = new ProcessBuilder(command).inheritIO().start();
    assertThat(dtc.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(dtc.exitValue()).isZero();
  }

  private static final String SOURCE =
      """
      /dts-v1/;
      /memreserve/ 0x80000000 0x1000;
      /memreserve/ 0xfffffffffffff000 0x800;
      / {
        model = "mine";
        zeta;
        alpha = <1 2 3>;
        odd = [01 02 03];
        list = "a", "", "b";
        #address-cells = <2>;
        #size-cells = <2>;
        memory@80000000 { device_type = "memory"; reg = <0 0x80000000 0 0x4000000>; };
        reserved-memory {
          #address-cells = <2>; #size-cells = <2>; ranges;
          secure: region@83000000 { reg = <0 0x83000000 0 0x100000>; no-map; };
          pool { size = <0 0x100000>; reusable; linux,cma-default; };
        };
        nobody-knows-me@77 { phandle = <0x77>; ref = <&secure>; a { b { c { d { e { f {}; }; }; }; }; }; };
        chosen { stdout-path = "/x:115200"; vendor,entry = <7>; opensbi { cold-boot-harts = <1>; }; };
        __symbols__ { secure = "/reserved-memory/region@83000000"; };
      };
      """;

  @Test
  void aCompiledSourceDiffersOnlyInWhatIsDocumented() throws Exception {
    byte[] given = compiled(SOURCE, "-b", "3", "-p", "20000");
    byte[] found = passed(given, "quiet", 5000);
    String seed = " 5a5a5a5a".repeat(16).replace(" ", " 0x").strip();
    String before = decompiled(given);
    String after = decompiled(found);
    assertThat(after).contains("/memreserve/\t0x0000000080000000 0x0000000000001000;");
    String[] added =
        after
            .lines()
            .filter(line -> line.matches("\\s*(bootargs|linux,initrd-(start|end)|rng-seed) = .*"))
            .toArray(String[]::new);
    assertThat(added).hasSize(4);
    assertThat(added[0]).contains("\"quiet\"");
    assertThat(after).contains("rng-seed = <" + seed + ">");
    assertThat(after.lines().filter(line -> !List.of(added).contains(line)))
        .containsExactlyElementsOf(before.lines().toList());
    assertThat(ByteBuffer.wrap(found).getInt(28)).isEqualTo(3);
    assertThat(read(found).padding()).isEqualTo(20_000);
  }

  @ParameterizedTest
  @ValueSource(strings = {"16", "17"})
  void bothVersionsOfTheFormatAreTaken(String version) throws Exception {
    byte[] given = compiled(SOURCE, "-V", version);
    byte[] found = passed(given, "", 0);
    assertThat(ByteBuffer.wrap(given).getInt(20)).hasToString(version);
    assertThat(ByteBuffer.wrap(found).getInt(20)).isEqualTo(17);
    assertThat(decompiled(found).lines().filter(line -> !line.contains("rng-seed")))
        .containsExactlyElementsOf(decompiled(given).lines().toList());
    assertThat(read(found).padding()).isEqualTo(8192);
  }

  @Test
  void anOlderVersionIsRefusedByItsNumber() throws Exception {
    byte[] given = compiled(SOURCE, "-V", "3");
    assertThatThrownBy(() -> passed(given, "", 0))
        .isInstanceOf(VmException.class)
        .hasMessageContainingAll("own.dtb", "version is 3", "expected 16 or more");
  }

  @Test
  void anEmptyTreeIsOneToo() throws Exception {
    byte[] found = passed(compiled("/dts-v1/; /memreserve/ 0x80000000 0x1000; / { };"), "", 0);
    assertThat(decompiled(found)).contains("/memreserve/\t0x0000000080000000 0x0000000000001000;");
    assertThat(read(found).root().children()).extracting(FdtNode::name).containsExactly("chosen");
  }

  private record Placed(long tree, long treeEnd, long initrd, long initrdEnd) {
    boolean clearOf(long start, long end) {
      return (treeEnd <= start || tree >= end) && (initrdEnd <= start || initrd >= end);
    }
  }

  private static Placed placed(FdtTree tree) {
    byte[] blob = FdtWriter.write(tree);
    try (Arena arena = Arena.ofConfined()) {
      BootPlan plan = new Bootloader(Fixture.config(boot(blob, "", 100_000)).build(), arena).plan();
      var initrd = piece(plan, "the initial RAM disk");
      var placed = piece(plan, "device tree");
      return new Placed(
          placed.address(),
          placed.address() + placed.size(),
          initrd.address(),
          initrd.address() + initrd.size());
    }
  }

  private static BootPlan.Piece piece(BootPlan plan, String name) {
    return plan.pieces().stream().filter(p -> p.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void nothingIsPlacedInReservedMemory() {
    List<Reservation> reservations =
        List.of(
            new Reservation(TOP - 4 * MIB, -1), // to the end of all addresses
            new Reservation(0x1000, 0x1000),
            new Reservation(Fixture.RAM, 3 * MIB), // where the kernel is, which is its own choice
            new Reservation(TOP - 10 * MIB, 4 * MIB),
            new Reservation(TOP - 9 * MIB, MIB));
    Placed placed = placed(new FdtTree(new FdtNode(""), reservations, 0, 0));
    assertThat(placed.clearOf(TOP - 4 * MIB, TOP)).isTrue();
    assertThat(placed.clearOf(TOP - 10 * MIB, TOP - 6 * MIB)).isTrue();
    assertThat(placed.treeEnd()).isLessThanOrEqualTo(TOP - 4 * MIB);
    assertThat(placed.tree()).isEqualTo(TOP - 6 * MIB);
  }

  @Test
  void nothingIsPlacedInReservedRegionsOfEitherWidth() {
    FdtNode wide = new FdtNode("");
    FdtNode parent = wide.child("reserved-memory").cells("#address-cells", 2);
    parent.cells("#size-cells", 2);
    parent.child("a").longs("reg", TOP - 2 * MIB, 2 * MIB, TOP - 6 * MIB, 3 * MIB);
    parent.child("b").strings("status", "disabled").longs("reg", Fixture.RAM, 64 * MIB);
    parent.child("c").longs("size", 4096);
    Placed placed = placed(FdtTree.of(wide));
    assertThat(placed.clearOf(TOP - 2 * MIB, TOP)).isTrue();
    assertThat(placed.clearOf(TOP - 6 * MIB, TOP - 3 * MIB)).isTrue();
    FdtNode narrow = new FdtNode("");
    parent = narrow.child("reserved-memory").cells("#address-cells", 1);
    parent.child("a").strings("status", "okay").cells("reg", (int) (TOP - 8 * MIB), 8 << 20);
    assertThat(placed(FdtTree.of(narrow)).clearOf(TOP - 8 * MIB, TOP)).isTrue();
  }

  @Test
  void nothingIsPlacedOutsideOfTheMemoryThatTheTreeHas() {
    FdtNode root = new FdtNode("").cells("#address-cells", 2).cells("#size-cells", 2);
    root.child("memory@80000000")
        .strings("device_type", "memory")
        .longs("reg", Fixture.RAM, 10 * MIB, Fixture.RAM + 20 * MIB, 8 * MIB);
    Placed placed = placed(FdtTree.of(root));
    assertThat(placed.clearOf(Fixture.RAM + 28 * MIB, TOP)).isTrue();
    assertThat(placed.clearOf(Fixture.RAM + 10 * MIB, Fixture.RAM + 20 * MIB)).isTrue();
  }

  @Test
  void memoryBehindTheEndOfRamIsRefused() {
    FdtNode root = new FdtNode("").cells("#address-cells", 2).cells("#size-cells", 2);
    FdtNode memory = root.child("memory@80000000").strings("device_type", "memory");
    memory.longs("reg", Fixture.RAM, TOP - Fixture.RAM + MIB);
    assertThatThrownBy(() -> placed(FdtTree.of(root)))
        .isInstanceOf(VmException.class)
        .hasMessageContainingAll(
            "own.dtb: /memory ends at 0x%x".formatted(TOP + MIB),
            "RAM ends at 0x%x".formatted(TOP),
            "at least %d MiB".formatted((TOP - Fixture.RAM) / MIB + 1));
    memory.longs("reg", Fixture.RAM, -1);
    assertThatThrownBy(() -> placed(FdtTree.of(root))).isInstanceOf(VmException.class);
    memory.longs("reg", Fixture.RAM, TOP - Fixture.RAM);
    assertThat(placed(FdtTree.of(root)).clearOf(TOP, TOP + MIB)).isTrue();
  }

  @Test
  void aTreeThatReservesEverythingIsSaidToDoSo() {
    FdtTree all = new FdtTree(new FdtNode(""), List.of(new Reservation(0, -1)), 0, 0);
    assertThatThrownBy(() -> placed(all))
        .isInstanceOf(VmException.class)
        .hasMessageContainingAll("the device tree needs", "keeps others back; reserve less in it");
  }

  @Test
  void strangeReservationsAreKeptAndHarmNothing() {
    List<Reservation> strange =
        List.of(
            new Reservation(-1, -1),
            new Reservation(Long.MIN_VALUE, Long.MIN_VALUE),
            new Reservation(TOP, 1L << 40),
            new Reservation(1, 0));
    FdtTree tree = new FdtTree(new FdtNode(""), strange, 0, 0);
    assertThat(placed(tree).tree()).isEqualTo(TOP - 2 * MIB);
    assertThat(read(passed(FdtWriter.write(tree), "", 0)).reservations()).isEqualTo(strange);
  }

  @Test
  void aTreeWithManyReservationsIsPlacedAtOnce() {
    List<Reservation> many = new ArrayList<>();
    for (int i = 0; i < 500_000; i++) {
      many.add(new Reservation(Fixture.RAM + 32 * MIB + 64L * i, 32));
    }
    Placed placed = placed(new FdtTree(new FdtNode(""), many, 0, 0));
    assertThat(placed.clearOf(Fixture.RAM + 32 * MIB, Fixture.RAM + 62 * MIB)).isTrue();
  }

  @Test
  void aFileThatIsNoTreeIsNamed() {
    byte[] text = "this is not a device tree, but long enough".getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> passed(text, "", 0))
        .isInstanceOf(VmException.class)
        .hasMessageContainingAll("own.dtb", "is a text", "dtc");
    byte[] bytes = new byte[64];
    Arrays.fill(bytes, (byte) 0x91);
    assertThatThrownBy(() -> passed(bytes, "", 0))
        .isInstanceOf(VmException.class)
        .hasMessageContainingAll("own.dtb", "magic", "0xd00dfeed");
  }
}
