package atoll.vmm;

import atoll.device.Aclint;
import atoll.device.AclintSswi;
import atoll.device.Aplic;
import atoll.device.CfiFlash;
import atoll.device.FwCfg;
import atoll.device.GenerationId;
import atoll.device.GoldfishRtc;
import atoll.device.Imsic;
import atoll.device.Plic;
import atoll.device.SifiveGpio;
import atoll.device.SunxiWatchdog;
import atoll.device.TestFinisher;
import atoll.device.Thermometer;
import atoll.device.Uart16550;
import atoll.engine.HartGroup;
import atoll.pci.PciHost;
import atoll.virtio.Service;
import atoll.virtio.VirtioDevice;
import atoll.virtio.VirtioEntropy;
import atoll.virtio.VirtioInput;
import atoll.vmm.BoardDescription.Port;
import atoll.vmm.Places.Row;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * What is on a machine's board, and where: the one list that the device tree is printed from, that
 * plans show, that rules ask for room, and that the board is made from. Made from a description, so
 * that there is a plan of a machine that is not made. Addresses are guest-physical.
 */
public final class BoardPlan {
  /** Most harts of a machine. */
  public static final int MAX_HARTS = HartGroup.MOST_HARTS;

  /** Most bytes of RAM of a machine. */
  public static final long MAX_MEMORY = 1L << 40;

  /** Most virtio devices: a bus of PCI Express has the host bridge beside them. */
  public static final int MAX_VIRTIO = PciHost.DEVICES - 1;

  /** How many of them there are without PCI Express. */
  public static final int MMIO_SLOTS = Row.VIRTIO.count;

  /** Bytes of the window of PCI Express above RAM, and what its address is a multiple of. */
  private static final long PCI_HIGH = 16L << 30;

  /** Guest-physical address of the first byte of code in flash. */
  static final long FLASH_BASE = 0x2000_0000L;

  /** Guest-physical address of the first byte of RAM. */
  public static final long RAM_BASE = 0x8000_0000L;

  /** Interrupts that the GPIO controller has, one for each pin. */
  private static final int MOST_PINS = 16;

  private final BoardDescription description;
  private final Places places = new Places();
  private final List<Fitting> fittings = new ArrayList<>();
  private final List<Shortage> shortages = new ArrayList<>();

  /** What a region is. */
  public enum Kind {
    RAM,
    /** Registers. */
    DEVICE,
    /** Memory that cannot be changed. */
    ROM,
    /** Memory shared with another machine; no code can be executed there. */
    WINDOW
  }

  /**
   * A range of addresses.
   *
   * @param size bytes
   * @param interrupt source of the PLIC, the first if there are several, or 0 without
   * @param writable whether the guest may store there
   */
  public record Region(
      String name, Kind kind, long gpa, long size, int interrupt, boolean writable) {
    /** The address behind it. */
    public long end() {
      return gpa + size;
    }
  }

  /** What a board has a limited number of. */
  public enum Resource {
    HARTS,
    /** Bytes of RAM. */
    RAM,
    DISKS,
    SHARES,
    /** Network interfaces. */
    NICS,
    CHANNELS,
    /** Bytes of channels' shared memory. */
    WINDOWS,
    /** Devices on PCI Express. */
    FUNCTIONS,
    /** I2C buses. */
    BUSES,
    /** Pins of the GPIO controller, for buttons and LEDs; channels have taken some. */
    PINS,
    /** Serial ports beside the first one. */
    SERIALS,
    /** Temperature sensors. */
    SENSORS,
    /** Devices of the user's own. */
    DEVICES,
    /** The address that a device is to have; taken by what begins at {@code taken}. */
    PLACE,
    /** Free bytes of addresses for a device. */
    ROOM,
    /** The first interrupt that a device is to have, or 0 for free ones. */
    INTERRUPTS
  }

  /**
   * Something that the description has and the board no room for; it is not in the plan.
   *
   * @param index which channel or device it is; 0 for what there is one of
   * @param asked how much it wants; of channels, how many there are to be
   * @param taken how much those before it have
   * @param most how much there is in all
   */
  public record Shortage(Resource resource, int index, long asked, long taken, long most) {
    /** Of pins: what is wrong, in words that follow the board. */
    public String ofPins() {
      return "has %d pins, of which channels take %d, and not the %d more that buttons and LEDs want; give it fewer"
          .formatted(most, taken, asked);
    }

    /** Of a device of the user's own: what is wrong, in words that follow the device. */
    public String ofDevice() {
      return OwnDevicePlaces.describe(this);
    }
  }

  private BoardPlan(BoardDescription description) {
    this.description = description;
  }

  /** The plan of a board; what there is no room for is in {@link #shortages}. */
  public static BoardPlan of(BoardDescription description) {
    BoardPlan plan = new BoardPlan(description);
    plan.fit();
    return plan;
  }

  /** How many disks and shared folders there is room for beside a board's other devices. */
  public static int mostDisks(BoardDescription board) {
    return mostNics(board) - board.nics().size();
  }

  /** How many network interfaces there is room for without disks. */
  private static int mostNics(BoardDescription board) {
    long served =
        board.channels().stream()
            .filter(port -> port.end().device() instanceof ChannelDevice.Served)
            .count();
    return MAX_VIRTIO - besideDisks(board).size() - (board.vsock() ? 1 : 0) - (int) served;
  }

  /** A virtio device: its name, and how it is made. */
  private record Slot(String name, Function<Board, VirtioDevice> device) {}

  /** The virtio devices behind the disks: a device is one line here. */
  private static List<Slot> besideDisks(BoardDescription board) {
    List<Slot> slots = new ArrayList<>();
    slots.add(new Slot("entropy", its -> new VirtioEntropy(its.config().effects().entropy())));
    if (board.console()) {
      slots.add(new Slot("console", Board::virtioConsole));
    }
    if (board.balloon()) {
      slots.add(new Slot("balloon", Board::makeBalloon));
    }
    List<FrontPanel.Button> buttons = board.options().panel().buttons();
    if (!buttons.isEmpty()) {
      slots.add(new Slot("buttons", Board::buttons));
    }
    if (board.display()) {
      slots.add(new Slot("display", Board::display));
      slots.add(new Slot("keyboard", its -> VirtioInput.keyboard(its.screen())));
      slots.add(new Slot("tablet", its -> VirtioInput.tablet(its.screen())));
    }
    return slots;
  }

  /** In the order of the device tree: a device is one line here. */
  private void fit() {
    long harts = room(Resource.HARTS, description.harts(), MAX_HARTS);
    long ram = room(Resource.RAM, description.memory(), MAX_MEMORY);
    add(new RamFitting(places.ram(RAM_BASE, ram)));
    add(new UartFitting(places.at("uart0", 0x1000_0000L, Uart16550.SIZE, 10)));
    add(new RtcFitting(places.at("rtc", 0x0010_1000L, GoldfishRtc.SIZE, 11)));
    add(new WatchdogFitting(places.at("watchdog", 0x0010_2000L, SunxiWatchdog.SIZE, 12)));
    add(new GenerationFitting(places.at("generation", 0x0010_3000L, GenerationId.SIZE, 13)));
    add(new FinisherFitting(places.at("finisher", 0x0010_0000L, TestFinisher.SIZE)));
    fitForFirmware(description.options());
    int functions = fitChannels(fitVirtio());
    fitGpio();
    fitSerials();
    fitSensors();
    fitController((int) harts);
    if (description.machineMode()) {
      add(new AclintFitting(places.at("aclint", 0x0200_0000L, Aclint.SIZE)));
    }
    add(new SswiFitting(places.at("sswi", 0x02f0_0000L, AclintSswi.SIZE)));
    if (functions > 0) {
      fitPci(functions, RAM_BASE + ram);
    }
    fitOwnDevices();
  }

  /** As the {@code virt} machine has it. */
  private void fitForFirmware(BoardOptions options) {
    if (options.flash()) {
      add(
          new FlashFitting(
              places.rom("flash, code", FLASH_BASE, CfiFlash.SIZE),
              places.at("flash, variables", FLASH_BASE + CfiFlash.SIZE, CfiFlash.SIZE)));
    }
    if (options.fwCfg()) {
      add(new FwCfgFitting(places.at("fw-cfg", 0x1010_0000L, FwCfg.SIZE)));
    }
  }

  private Optional<Region> forMachineMode(String name, long gpa, long size) {
    return description.machineMode() ? Optional.of(places.at(name, gpa, size)) : Optional.empty();
  }

  /** What interrupts the harts, as the {@code virt} machine has it. */
  private void fitController(int harts) {
    Aia kind = description.options().aia();
    if (kind == Aia.NONE) {
      add(new PlicFitting(places.at("plic", 0x0c00_0000L, Plic.SIZE)));
      return;
    }
    Optional<Region> files = Optional.empty();
    if (kind == Aia.APLIC_IMSIC) {
      files = Optional.of(places.at("imsic-s", 0x2800_0000L, harts * Imsic.PAGE));
      add(
          new ImsicFitting(
              files.get(), forMachineMode("imsic-m", 0x2400_0000L, harts * Imsic.PAGE)));
    }
    Optional<Region> root = forMachineMode("aplic-m", 0x0c00_0000L, Aplic.SIZE);
    add(new AplicFitting(places.at("aplic-s", 0x0d00_0000L, Aplic.SIZE), root, files));
  }

  /**
   * The bridge to PCI Express, as the {@code virt} machine has it.
   *
   * @param functions how many there are beside its own
   * @param top the end of RAM
   */
  private void fitPci(int functions, long top) {
    long high = (top + PCI_HIGH - 1) / PCI_HIGH * PCI_HIGH;
    add(
        new PciHostFitting(
            places.pciBridge("pcie", 32),
            places.pciRest(functions + 1, "pcie, no device"),
            places.at("pcie I/O", 0x0300_0000L, 0x1_0000),
            places.at("pcie memory", 0x4000_0000L, 0x4000_0000),
            places.at("pcie memory above RAM", high, PCI_HIGH)));
  }

  /**
   * In the slots of the MMIO transport, or on PCI Express: which the options say, and all of them
   * if there are not slots enough, so that drivers find them in order.
   *
   * @return how many are on PCI Express
   */
  private int fitVirtio() {
    List<Slot> slots = new ArrayList<>();
    int mostNics = mostNics(description);
    int nics = (int) room(Resource.NICS, description.nics().size(), mostNics);
    int most = mostNics - nics;
    int disks = (int) room(Resource.DISKS, description.disks().size(), most);
    for (int n = 0; n < disks; n++) {
      int number = n;
      slots.add(new Slot(description.disks().get(n), board -> board.disk(number)));
    }
    long shares = room(Resource.SHARES, description.shares().size(), most - disks);
    for (int n = 0; n < shares; n++) {
      int number = n;
      slots.add(new Slot(description.shares().get(n), board -> board.share(number)));
    }
    slots.addAll(besideDisks(description));
    for (int n = 0; n < nics; n++) {
      int number = n;
      slots.add(new Slot(description.nics().get(n), board -> board.nic(number)));
    }
    if (description.vsock()) {
      slots.add(new Slot("vsock", Board::vsock));
    }
    for (int n = 0; n < description.channels().size(); n++) {
      int number = n;
      Port port = description.channels().get(n);
      if (port.end().device() instanceof ChannelDevice.Served(Service service)) {
        slots.add(new Slot("served " + port.name(), board -> board.served(number, service)));
      }
    }
    int used = 0;
    int functions = 0;
    for (int n = 0; n < slots.size(); n++) {
      Slot slot = slots.get(n);
      if (onPci(n, slots.size())) {
        Region place = places.pci(++functions, slot.name());
        add(new VirtioPciFitting(place, n, functions, slot.device()));
      } else {
        add(new VirtioFitting(places.in(Row.VIRTIO, used++, slot.name()), n, slot.device()));
      }
    }
    places
        .rest(Row.VIRTIO, used, "empty slots")
        .ifPresent(rest -> add(new EmptySlotsFitting(rest)));
    return functions;
  }

  /** Whether virtio device {@code n} is on PCI Express; disks come first. */
  private boolean onPci(int n, int devices) {
    BoardOptions options = description.options();
    boolean crowded = devices - options.pciDisks().size() > Row.VIRTIO.count;
    return options.pci() || crowded || options.pciDisks().contains(n);
  }

  /** In the pins of the GPIO controller that others leave, as far as they go. */
  private void fitOwnDevices() {
    List<OwnDevice> devices = description.devices();
    List<Optional<Region>> found = new OwnDevicePlaces(places, devices, shortages::add).all();
    int pin = channelPins() + description.options().panel().pins();
    for (int n = 0; n < devices.size(); n++) {
      OwnDevice device = devices.get(n);
      boolean wired = device.interrupts() > 0 && pin < MOST_PINS;
      OptionalInt own = wired ? OptionalInt.of(pin++) : OptionalInt.empty();
      int number = n;
      found.get(n).ifPresent(place -> add(new OwnDeviceFitting(device, number, place, own)));
    }
  }

  private int channelPins() {
    return (int) fittings.stream().filter(ChannelFitting.class::isInstance).count();
  }

  private int devicePins() {
    return (int) description.devices().stream().filter(device -> device.interrupts() > 0).count();
  }

  /** What channels, the front and devices of the user's own have pins of, in this order. */
  private void fitGpio() {
    int channels = channelPins();
    FrontPanel panel = description.options().panel();
    if (channels + panel.pins() > MOST_PINS) {
      shortages.add(new Shortage(Resource.PINS, 0, panel.pins(), channels, MOST_PINS));
      return;
    }
    int pins = Math.min(MOST_PINS, channels + panel.pins() + devicePins());
    if (pins > 0) {
      Region place = places.at("gpio", 0x0401_0000L, SifiveGpio.SIZE, 80, pins);
      add(new GpioFitting(place, pins, panel, channels));
    }
  }

  /**
   * As they come; those that are on PCI Express behind the functions that are there.
   *
   * @return how many functions there are then
   */
  private int fitChannels(int before) {
    int functions = before;
    int endpoints = 0;
    int buses = 0;
    for (int n = 0; n < description.channels().size(); n++) {
      Port port = description.channels().get(n);
      switch (port.end().device()) {
        case ChannelDevice.Endpoint() -> endpoints += fitEndpoint(port, n, endpoints);
        case ChannelDevice.Ivshmem(int vectors) ->
            functions += fitIvshmem(port, n, functions, vectors);
        case ChannelDevice.I2c(List<ChannelDevice.Chip> chips) -> fitBus(port, n, buses++, chips);
        case ChannelDevice.Served _ -> {} // among the virtio devices
      }
    }
    return functions;
  }

  /** Returns how many there are more. */
  private int fitEndpoint(Port port, int n, int before) {
    long windows = Places.windowBytes() - places.windowRoom();
    if (before >= Row.CHANNEL.count) {
      shortages.add(new Shortage(Resource.CHANNELS, n, endpoints(), before, Row.CHANNEL.count));
    }
    if (port.size() > places.windowRoom()) {
      shortages.add(new Shortage(Resource.WINDOWS, n, port.size(), windows, Places.windowBytes()));
      return 1;
    }
    if (before < Row.CHANNEL.count) {
      add(
          new ChannelFitting(
              port.name(),
              before,
              n,
              places.in(Row.CHANNEL, before, "channel " + port.name()),
              places.window("memory of " + port.name(), port.size(), port.writable())));
    }
    return 1;
  }

  private long endpoints() {
    return description.channels().stream()
        .filter(port -> port.end().device() instanceof ChannelDevice.Endpoint)
        .count();
  }

  private void fitBus(Port port, int n, int before, List<ChannelDevice.Chip> chips) {
    if (before >= Row.I2C.count) {
      shortages.add(new Shortage(Resource.BUSES, n, 1, before, Row.I2C.count));
    } else {
      Region place = places.in(Row.I2C, before, "i2c " + port.name());
      add(new I2cFitting(port.name(), n, place, chips));
    }
  }

  private int fitIvshmem(Port port, int n, int before, int vectors) {
    if (before >= MAX_VIRTIO) {
      shortages.add(new Shortage(Resource.FUNCTIONS, n, 1, before, MAX_VIRTIO));
      return 0;
    }
    Region place = places.pci(before + 1, "ivshmem " + port.name());
    add(new IvshmemFitting(port, n, place, before + 1, vectors));
    return 1;
  }

  private void fitSerials() {
    List<String> names = description.options().serials();
    int ports = (int) room(Resource.SERIALS, names.size(), Row.SERIAL.count);
    for (int n = 0; n < ports; n++) {
      add(new SerialFitting(places.in(Row.SERIAL, n, "serial " + names.get(n)), n));
    }
  }

  private void fitSensors() {
    List<String> names = description.options().sensors();
    int sensors = (int) room(Resource.SENSORS, names.size(), Thermometer.MOST);
    if (sensors > 0) {
      int buses = (int) fittings.stream().filter(I2cFitting.class::isInstance).count();
      if (buses < Row.I2C.count) {
        add(new SensorFitting(places.in(Row.I2C, buses, "i2c " + SensorFitting.NAME), sensors));
      } else {
        shortages.add(new Shortage(Resource.SENSORS, 0, sensors, 0, 0));
      }
    }
  }

  /** As much of {@code asked} as there is. */
  private long room(Resource resource, long asked, long most) {
    if (asked > most) {
      shortages.add(new Shortage(resource, 0, asked, 0, most));
    }
    return Math.min(asked, most);
  }

  private void add(Fitting fitting) {
    fittings.add(fitting);
  }

  /** What it is the plan of. */
  BoardDescription description() {
    return description;
  }

  /** Everything on the board, in the order of the device tree. */
  List<Fitting> fittings() {
    return List.copyOf(fittings);
  }

  /** All addresses of the board, in their order. */
  public List<Region> regions() {
    return fittings.stream()
        .flatMap(fitting -> fitting.regions().stream())
        .sorted(Comparator.comparingLong(Region::gpa))
        .toList();
  }

  /** What there is no room for; empty if a machine can be made by this plan. */
  public List<Shortage> shortages() {
    return List.copyOf(shortages);
  }
}
