package atoll.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.device.DmaGrant;
import atoll.device.FwCfgFile;
import atoll.device.PeripheralCode;
import atoll.device.spi.BlockBackend;
import atoll.device.spi.NetBackend;
import atoll.device.spi.NetPort;
import atoll.device.spi.ShareBackend;
import atoll.engine.Paging;
import atoll.host.Clock;
import atoll.kernel.MachineMemory;
import atoll.kernel.Microkernel;
import atoll.peripheral.Peripheral;
import atoll.vmm.BoardPlan.Kind;
import atoll.vmm.BoardPlan.Region;
import atoll.vmm.BoardPlan.Resource;
import atoll.vmm.BoardPlan.Shortage;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a machine has, its plan, its device tree and its bus say the same of it. */
class BoardPlanTest {
  private static final String EMPTY = "empty slots";

  private static final PeripheralCode IDLE =
      new PeripheralCode(
          "a function",
          board -> Peripheral.of((offset, size) -> 0, (offset, size, value) -> {}),
          Map.of(),
          DmaGrant.NONE,
          Optional.empty(),
          PeripheralCode.USUAL_PATIENCE);

  /**
   * What a machine is to have.
   *
   * @param channels bytes of each
   */
  record Wish(
      int harts,
      boolean firmware,
      int disks,
      int shares,
      int nics,
      boolean console,
      boolean paged,
      boolean display,
      int mebibytes,
      List<OwnDevice> devices,
      List<Long> channels,
      BoardOptions options) {
    VmConfig config(Microkernel board) {
      String idle = "j .";
      VmConfig.Builder config = firmware ? Fixture.machine(idle) : Fixture.supervisor(idle);
      List<ChannelPort> ports = new ArrayList<>();
      for (long bytes : channels) {
        boolean writable = ports.size() % 2 == 0;
        String name = "c" + ports.size();
        ports.add(ChannelPort.pair(board, name, bytes, writable, true).getFirst());
      }
      if (console) {
        config.virtioConsole(new Fixture.Console());
      }
      if (options.flash()) {
        config.flash(new FirmwareFlash(Fixture.image("code", new byte[16]), new FlashFile()));
      }
      if (display) {
        config.screen(new IdleScreen());
      }
      return config
          .cpus(harts)
          .fwCfg(options.fwCfg() ? List.of(FwCfgFile.of("opt/a", "b")) : List.of())
          .memory(mebibytes * Fixture.MIB)
          .disks(Stream.<BlockBackend>generate(SmallDisk::new).limit(disks).toList())
          .shares(
              IntStream.range(0, shares)
                  .<ShareBackend>mapToObj(n -> new IdleShare("f" + n))
                  .toList())
          .nics(Stream.<NetBackend>generate(Cable::new).limit(nics).toList())
          .memoryPolicy(paged ? MachineMemory.Policy.PAGED : MachineMemory.Policy.CONTIGUOUS)
          .devices(devices.stream().map(device -> new BoardPeripheral(device, IDLE)).toList())
          .channels(ports)
          .options(options)
          .build();
    }

    BoardPlan plan() {
      return BoardPlan.of(
          new BoardDescription(
              harts,
              Paging.SV57,
              firmware,
              mebibytes * Fixture.MIB,
              IntStream.range(0, disks).mapToObj(n -> "disk " + n).toList(),
              IntStream.range(0, shares).mapToObj(n -> "folder f" + n).toList(),
              console,
              paged,
              display,
              IntStream.range(0, nics).mapToObj(n -> "network " + n).toList(),
              false,
              devices,
              IntStream.range(0, channels.size())
                  .mapToObj(n -> new BoardDescription.Port("c" + n, channels.get(n), n % 2 == 0))
                  .toList(),
              options));
    }
  }

  /** Anything that a board may be asked for, and a little more than it has; the same every time. */
  static Stream<Wish> wishes() {
    Random random = new Random(51);
    return Stream.generate(() -> wish(random)).limit(100);
  }

  /** Some with places of their own, which may be taken. */
  private static List<OwnDevice> devices(Random random) {
    return IntStream.range(0, Math.max(0, random.nextInt(24) - 6))
        .mapToObj(n ->
            new OwnDevice(
                "d" + n,
                random.nextInt(8) == 0
                    ? OptionalLong.of(0x1200_0000L + 0x800L * random.nextInt(40))
                    : OptionalLong.empty(),
                4L << random.nextInt(16),
                random.nextInt(20) == 0 ? OptionalInt.of(30 + n) : OptionalInt.empty(),
                1 + random.nextInt(3),
                n % 2 == 0 ? List.of("example,device") : List.of(),
                Map.of("number", new DeviceProperty.Cells(List.of((long) n)))))
        .toList();
  }

  private static FrontPanel panel(Random random) {
    int buttons = random.nextInt(3) == 0 ? random.nextInt(10) : 0;
    int leds = random.nextInt(3) == 0 ? random.nextInt(10) : 0;
    return new FrontPanel(
        IntStream.range(0, buttons)
            .mapToObj(n -> new FrontPanel.Button("button-" + n, 0x100 + n))
            .toList(),
        IntStream.range(0, leds).mapToObj(n -> "led-" + n).toList());
  }

  private static Wish wish(Random random) {
    int disks = random.nextInt(4) == 0 ? random.nextInt(34) : random.nextInt(9);
    boolean flash = random.nextInt(4) == 0;
    return new Wish(
        random.nextInt(1, BoardPlan.MAX_HARTS + 2),
        random.nextBoolean(),
        disks,
        random.nextInt(4),
        random.nextInt(4) / 2,
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextInt(3) == 0,
        random.nextInt(16, 41),
        devices(random),
        random.longs(random.nextInt(18), 1, 17).map(pages -> 4096 * pages).boxed().toList(),
        new BoardOptions(
                random.nextInt(4) == 0,
                random
                    .ints(0, disks + 1)
                    .limit(random.nextInt(3))
                    .filter(n -> n < disks)
                    .boxed()
                    .collect(Collectors.toSet()),
                random.nextInt(3) == 0
                    ? List.of(Aia.APLIC, Aia.APLIC_IMSIC).get(random.nextInt(2))
                    : Aia.NONE)
            .with(flash, flash || random.nextInt(4) == 0)
            .with(panel(random)));
  }

  @ParameterizedTest
  @MethodSource("wishes")
  void planTreeAndBusHaveTheSamePlacesAndInterrupts(Wish wish) {
    BoardPlan plan = wish.plan();
    requireApart(plan.regions());
    try (Microkernel board = Microkernel.dedicated(Clock.host(), BoardPlan.MAX_HARTS)) {
      if (!plan.shortages().isEmpty()) {
        assertThatThrownBy(() -> wish.config(board)).isInstanceOf(VmException.class);
        return;
      }
      VmConfig config = wish.config(board);
      assertThat(inTree(config)).isEqualTo(inPlan(plan));
      try (VirtualMachine vm = VirtualMachine.create(config, board)) {
        assertThat(onBus(vm)).isEqualTo(registers(plan));
      }
    }
  }

  /** No two regions share an address, no two devices an interrupt. */
  private static void requireApart(List<Region> regions) {
    for (int n = 1; n < regions.size(); n++) {
      assertThat(regions.get(n - 1).end()).isLessThanOrEqualTo(regions.get(n).gpa());
    }
    assertThat(regions.stream().map(Region::interrupt).filter(number -> number != 0))
        .doesNotHaveDuplicates();
  }

  private static String line(long gpa, long size, int interrupt) {
    return "%010x+%x interrupt %d".formatted(gpa, size, interrupt);
  }

  /** Without what is in no tree: what software finds on PCI, and what is empty. */
  private static List<String> inPlan(BoardPlan plan) {
    Set<Region> untold =
        plan.fittings().stream()
            .filter(
                fitting -> fitting instanceof VirtioPciFitting || fitting instanceof PciHostFitting)
            .flatMap(fitting -> fitting.regions().stream())
            .collect(Collectors.toSet());
    return plan.regions().stream()
        .filter(region -> !region.name().equals(EMPTY) && !untold.contains(region))
        .map(region -> line(region.gpa(), region.size(), region.interrupt()))
        .toList();
  }

  /** What the blob says that the guest finds, by address. */
  private static List<String> inTree(VmConfig config) {
    byte[] blob = VirtualMachine.deviceTree(config);
    FdtNode root = FdtReader.read("generated", MemorySegment.ofArray(blob)).root();
    Stream<FdtNode> besideBus =
        root.children().stream().filter(node -> node.name().matches("(memory|fw-cfg)@.*"));
    return Stream.concat(besideBus, root.find("soc").orElseThrow().children().stream())
        .filter(node -> !node.name().startsWith("pci@"))
        .flatMap(BoardPlanTest::places)
        .sorted()
        .toList();
  }

  private static Stream<String> places(FdtNode node) {
    ByteBuffer reg = ByteBuffer.wrap(node.property("reg").orElseThrow());
    int interrupt =
        node.property("interrupts").map(bytes -> ByteBuffer.wrap(bytes).getInt()).orElse(0);
    List<String> places = new ArrayList<>();
    while (reg.hasRemaining()) {
      places.add(line(reg.getLong(), reg.getLong(), places.isEmpty() ? interrupt : 0));
    }
    return places.stream();
  }

  private static List<String> registers(BoardPlan plan) {
    return plan.regions().stream()
        .filter(region -> region.kind() == Kind.DEVICE || region.kind() == Kind.ROM)
        .map(region -> "%x+%x".formatted(region.gpa(), region.size()))
        .toList();
  }

  private static List<String> onBus(VirtualMachine vm) {
    return vm.statistics().devices().stream()
        .map(device -> "%x+%x".formatted(device.base(), device.size()))
        .toList();
  }

  private static BoardDescription described(
      int harts, long memory, int disks, List<BoardDescription.Port> channels) {
    List<String> names = Collections.nCopies(disks, "disk");
    return new BoardDescription(
        harts,
        Paging.SV57,
        true,
        memory,
        names,
        List.of("folder"),
        true,
        true,
        false,
        List.of(),
        false,
        List.of(),
        channels,
        BoardOptions.USUAL);
  }

  @Test
  void whatThereIsNoRoomForIsNamedWithWhatThereIs() {
    List<BoardDescription.Port> large =
        List.of(
            new BoardDescription.Port("a", 64 * Fixture.MIB, true),
            new BoardDescription.Port("b", 64 * Fixture.MIB, true),
            new BoardDescription.Port("c", 32 * Fixture.MIB, true));
    BoardPlan plan = BoardPlan.of(described(33, 2L << 40, 30, large));
    assertThat(plan.shortages())
        .containsExactly(
            new Shortage(Resource.HARTS, 0, 33, 0, 32),
            new Shortage(Resource.RAM, 0, 2L << 40, 0, 1L << 40),
            new Shortage(Resource.DISKS, 0, 30, 0, 28),
            new Shortage(Resource.SHARES, 0, 1, 0, 0),
            new Shortage(
                Resource.WINDOWS, 1, 64 * Fixture.MIB, 64 * Fixture.MIB, 96 * Fixture.MIB));
    requireApart(plan.regions());
  }

  private static BoardPlan withDevices(OwnDevice... devices) {
    return BoardPlan.of(
        new BoardDescription(
            1,
            Paging.SV57,
            true,
            Fixture.MIB,
            List.of(),
            List.of(),
            false,
            false,
            false,
            List.of(),
            false,
            List.of(devices),
            List.of(),
            BoardOptions.USUAL));
  }

  private static OwnDevice device(String name, OptionalLong at, long size, OptionalInt interrupt) {
    return new OwnDevice(name, at, size, interrupt, 2, List.of(), Map.of());
  }

  @Test
  void ownDevicesLeaveEachOtherThePlacesThatTheirUserGives() {
    BoardPlan plan =
        withDevices(
            device("free", OptionalLong.empty(), 0x1800, OptionalInt.empty()),
            device("given", OptionalLong.of(0x1200_1000L), 0x100, OptionalInt.of(37)),
            device("next", OptionalLong.empty(), 4, OptionalInt.empty()));
    assertThat(plan.shortages()).isEmpty();
    assertThat(plan.regions())
        .filteredOn(region -> region.name().startsWith("own "))
        .extracting(
            region -> region.name() + " " + line(region.gpa(), region.size(), region.interrupt()))
        .containsExactly(
            "own next " + line(0x1200_0000L, 4, 41),
            "own given " + line(0x1200_1000L, 0x100, 37),
            "own free " + line(0x1200_2000L, 0x1800, 39));
  }

  @Test
  void anOwnDeviceFindsNoRoomWhereSomethingElseIs() {
    OwnDevice[] many = new OwnDevice[17];
    for (int n = 0; n < many.length; n++) {
      many[n] = OwnDevice.of("d" + n);
    }
    assertThat(withDevices(many).shortages())
        .containsExactly(new Shortage(Resource.DEVICES, 16, 17, 16, 16));
    BoardPlan plan =
        withDevices(
            device("uart", OptionalLong.of(0x1000_00fcL), 8, OptionalInt.empty()),
            device("ram", OptionalLong.of(0x8000_0000L), 8, OptionalInt.empty()),
            device("clock", OptionalLong.empty(), 8, OptionalInt.of(10)));
    assertThat(plan.shortages())
        .containsExactly(
            new Shortage(Resource.PLACE, 0, 0x1000_00fcL, 0x1000_0000L, 0x100),
            new Shortage(Resource.PLACE, 1, 0x8000_0000L, 0x8000_0000L, Fixture.MIB),
            new Shortage(Resource.INTERRUPTS, 2, 10, 0, 0));
    assertThat(plan.shortages().getFirst().ofDevice())
        .isEqualTo(
            "cannot be at 0x100000fc: another device or memory is at 0x10000000 to 0x100000ff; leave the address out to have a free one");
  }

  @Test
  void theSeventeenthChannelFindsNoRoom() {
    BoardDescription.Port port = new BoardDescription.Port("small", 4096, true);
    BoardPlan plan = BoardPlan.of(described(1, 4096, 0, Collections.nCopies(18, port)));
    assertThat(plan.shortages())
        .containsExactly(
            new Shortage(Resource.CHANNELS, 16, 18, 16, 16),
            new Shortage(Resource.CHANNELS, 17, 18, 17, 16));
  }

  @Test
  void aPlaceIsGivenOutOnce() {
    Places places = new Places();
    places.at("one", 0x1000, 0x1000, 5);
    assertThatThrownBy(() -> places.at("two", 0x1fff, 1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("one", "two", "overlap");
    assertThatThrownBy(() -> places.at("three", 0x3000, 0x1000, 4, 2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("three", "taken");
    assertThat(places.at("four", 0x2000, 0x1000, 6).interrupt()).isEqualTo(6);
  }

  /** The layout that kernels built for QEMU's {@code virt} know without a tree. */
  @Test
  void devicesOfTheVirtMachineAreWhereItHasThem() {
    List<String> plan = inPlan(BoardPlan.of(described(2, Fixture.MIB, 4, List.of())));
    assertThat(plan)
        .contains(
            line(0x10_0000, 0x1000, 0),
            line(0x10_1000, 0x1000, 11),
            line(0x200_0000, 0x1_0000, 0),
            line(0xc00_0000, 0x60_0000, 0),
            line(0x1000_0000, 0x100, 10),
            line(0x1000_1000, 0x1000, 1),
            line(0x1000_8000, 0x1000, 8),
            line(0x8000_0000L, 0x10_0000, 0));
  }

  private static BoardPlan withOptions(int disks, BoardOptions options) {
    return BoardPlan.of(
        new BoardDescription(
            1,
            Paging.SV57,
            true,
            Fixture.MIB,
            Collections.nCopies(disks, "disk"),
            List.of(),
            true,
            true,
            false,
            List.of(),
            false,
            List.of(),
            List.of(),
            options));
  }

  /** Where virtio devices are: the number of their slot, or -1 for one on PCI Express. */
  private static List<Integer> slots(BoardPlan plan) {
    return plan.fittings().stream()
        .filter(fitting -> fitting instanceof VirtioFitting || fitting instanceof VirtioPciFitting)
        .map(fitting -> fitting instanceof VirtioFitting ? fitting.place().interrupt() - 1 : -1)
        .toList();
  }

  @Test
  void devicesAreOnPciIfTheOptionsSaySoOrSlotsRunOut() {
    assertThat(slots(withOptions(2, BoardOptions.USUAL))).containsExactly(0, 1, 2, 3, 4);
    assertThat(slots(withOptions(5, BoardOptions.USUAL))).endsWith(7);
    assertThat(slots(withOptions(6, BoardOptions.USUAL))).hasSize(9).containsOnly(-1);
    assertThat(slots(withOptions(2, new BoardOptions(false, Set.of(0)))))
        .containsExactly(-1, 0, 1, 2, 3);
    assertThat(slots(withOptions(6, new BoardOptions(false, Set.of(1)))))
        .containsExactly(0, -1, 1, 2, 3, 4, 5, 6, 7);
    assertThat(slots(withOptions(1, new BoardOptions(true, Set.of())))).containsOnly(-1);
    assertThatThrownBy(() -> withOptions(1, new BoardOptions(false, Set.of(1))))
        .isInstanceOf(VmException.class)
        .hasMessageContaining("disk 1 is to be on PCI Express, but the board has 1 disks");
  }

  @Test
  void aBoardWithoutDevicesOnPciHasNoBridge() {
    assertThat(withOptions(5, BoardOptions.USUAL).regions())
        .noneMatch(region -> region.name().startsWith("pcie"));
    assertThat(withOptions(6, BoardOptions.USUAL).regions())
        .filteredOn(region -> region.name().startsWith("pcie"))
        .extracting(region -> line(region.gpa(), region.size(), region.interrupt()))
        .containsExactly(
            line(0x300_0000, 0x1_0000, 0),
            line(0x3000_0000, 0x8000, 32),
            line(0x3000_0000 + 10 * 0x8000, 0x1000_0000 - 10 * 0x8000, 0),
            line(0x4000_0000, 0x4000_0000, 0),
            line(0x4_0000_0000L, 0x4_0000_0000L, 0));
  }

  /** Leads nowhere. */
  private static final class Cable implements NetBackend {
    @Override
    public long mac() {
      return 0x5254_0000_0001L;
    }

    @Override
    public boolean macFixed() {
      return true;
    }

    @Override
    public int mtu() {
      return 1500;
    }

    @Override
    public void attach(NetPort port) {}

    @Override
    public void detach(NetPort port) {}

    @Override
    public void ready() {}

    @Override
    public void room() {}
  }

  /** As large as a disk may be at least; nobody reads it. */
  private static final class SmallDisk implements BlockBackend {
    @Override
    public long size() {
      return 512;
    }

    @Override
    public boolean readOnly() {
      return false;
    }

    @Override
    public void read(long offset, MemorySegment into) {}

    @Override
    public void write(long offset, MemorySegment from) {}

    @Override
    public void flush() {}

    @Override
    public void discard(long offset, long length) {}

    @Override
    public void writeZeroes(long offset, long length, boolean mayUnmap) {}

    @Override
    public String serial() {
      return "small";
    }

    @Override
    public void close() {}
  }
}
