package atoll.front;

import atoll.image.GuestProgram;
import atoll.image.Nearest;
import atoll.image.UserDisk;
import atoll.image.UserFolder;
import atoll.manager.ImageAction;
import atoll.manager.Manager;
import atoll.scenario.DiskSpec;
import atoll.scenario.Guest;
import atoll.scenario.RecipeReader;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** What is run: a guest by its name or of the user's own images, and what goes with it. */
final class GuestOptions {
  static final String LINUX = "linux";
  static final String HELLO = "hello";

  private static final String NO_WORDS = "";

  private final Manager manager;
  private final UnaryOperator<String> environment;
  private final DeviceOptions devices;
  private final HartOptions harts;
  private final PrintStream err;
  private final Function<String, ParameterException> usage;

  @Parameters(
      arity = "0..1",
      paramLabel = "GUEST",
      completionCandidates = GuestNames.class,
      description = "linux, debian, hello, or an image that you have made")
  private String guest;

  @Option(
      names = "--kernel",
      paramLabel = "FILE",
      description = "Linux Image (with or without EFI stub, may be packed) or ELF file")
  private Path kernel;

  @Option(names = "--initrd", paramLabel = "FILE", description = "initial RAM disk")
  private Path initrd;

  @Option(
      names = "--append",
      paramLabel = "WORDS",
      defaultValue = NO_WORDS,
      description = "kernel command line; added to that of linux")
  private String append;

  @Option(
      names = "--firmware",
      paramLabel = "FILE",
      description = "ELF file or raw bytes for the base of RAM")
  private Path firmware;

  @Mixin private final UefiOptions uefi = new UefiOptions();

  @Option(
      names = "--dtb",
      paramLabel = "FILE",
      description = "device tree in place of the generated one")
  private Path deviceTree;

  @Option(
      names = "--fresh",
      description = "of an image: begin with a new copy; what was on its disk is lost")
  private boolean fresh;

  @Option(
      names = "--isolated",
      description =
          "of an image: without the network and the shared folder that it has otherwise, other than those that --net and --share give it")
  private boolean isolated;

  @Mixin private final MirrorOptions mirror = new MirrorOptions();

  /**
   * @param devices get what the guest is given without being asked for
   * @param harts of a VM that makes an image first
   * @param usage makes what is thrown for wrong usage
   */
  GuestOptions(
      Manager manager,
      UnaryOperator<String> environment,
      DeviceOptions devices,
      HartOptions harts,
      PrintStream err,
      Function<String, ParameterException> usage) {
    this.manager = manager;
    this.environment = environment;
    this.devices = devices;
    this.harts = harts;
    this.err = err;
    this.usage = usage;
  }

  /** Has options read from a line that is plain. */
  void offer(PlainLine plain) {
    plain.value("--kernel", new FileName(), value -> kernel = value);
    plain.value("--initrd", new FileName(), value -> initrd = value);
    plain.value("--firmware", new FileName(), value -> firmware = value);
    plain.value("--append", NO_WORDS, value -> value, value -> append = value);
  }

  /** Chooses a guest by its name. */
  void choose(String name) {
    guest = name;
  }

  /** The name; null if images of the user's own are run. */
  String name() {
    return guest;
  }

  /**
   * The guest that is chosen. For a system on a disk, that disk becomes the first one.
   *
   * @param progress told of what takes long
   * @param before done before that
   * @throws ParameterException if the options name no guest
   */
  Guest guest(ProgressBar progress, Runnable before) {
    if (mirror.given()
        && !uefi.given()
        && !LINUX.equals(guest)
        && !RecipeReader.DEBIAN.equals(guest)) {
      throw usage.apply(
          "only linux, debian and the firmware of --uefi are fetched from a mirror; leave out --mirror and --mirror-key");
    }
    if (uefi.given() && !onDisk()) {
      return inFlash();
    }
    Guest.Images images =
        new Guest.Images(
            Optional.ofNullable(kernel),
            Optional.ofNullable(firmware),
            Optional.ofNullable(initrd),
            Optional.ofNullable(deviceTree),
            append);
    if (guest == null) {
      if (kernel == null && firmware == null) {
        throw usage.apply(
            "say what to run: atoll run linux, atoll run debian, atoll run hello, --kernel FILE,"
                + " --firmware FILE, or --disk FILE --uefi");
      }
      return new Guest.Custom(images);
    }
    return switch (guest) {
      case LINUX -> new Guest.Linux(mirror.choice(), new TerminalKind(environment).name(), images);
      case HELLO -> hello(images);
      default -> installed(images, progress, before);
    };
  }

  /** Firmware in flash has no use for what it finds on a disk. */
  private Guest inFlash() {
    if (guest != null) {
      throw usage.apply(
          "--uefi starts what is on a disk, and not %s; leave one of the two out, and give a disk with --disk FILE"
              .formatted(guest));
    }
    return inFlash(uefi.variables(), List.of());
  }

  /**
   * The same for a disk that is known.
   *
   * @param variables the user's or the disk's own file
   * @param keys that may log in
   */
  private Guest inFlash(Optional<Path> variables, List<Path> keys) {
    Map<String, Boolean> others = new LinkedHashMap<>();
    others.put("--kernel", kernel != null);
    others.put("--firmware", firmware != null);
    others.put("--initrd", initrd != null);
    others.put("--dtb", deviceTree != null);
    others.put("--append", !append.isEmpty());
    String given =
        others.entrySet().stream()
            .filter(Map.Entry::getValue)
            .map(Map.Entry::getKey)
            .collect(Collectors.joining(", "));
    if (!given.isEmpty()) {
      throw usage.apply(
          "UEFI firmware starts what is on a disk, which brings kernel and command line; leave out "
              + given);
    }
    return new Guest.Uefi(mirror.choice(), uefi.code(), variables, keys);
  }

  /** A system on the disk that belongs to an image; the image that comes with Atoll is made. */
  private Guest installed(Guest.Images own, ProgressBar progress, Runnable before) {
    boolean there = hasImage(guest);
    if (!there && !guest.equals(RecipeReader.DEBIAN)) {
      throw usage.apply(noGuest());
    }
    if (firmware != null || deviceTree != null) {
      throw usage.apply(
          "%s is entered by its kernel; leave out --firmware, --dtb".formatted(guest));
    }
    before.run();
    if (!there) {
      manager.perform(
          new ImageAction.BuildImage(
              RecipeReader.debian(),
              mirror.choice(),
              false,
              harts.engine(),
              ImageAction.BuildImage.CPUS),
          progress);
    }
    UserDisk disk = manager.perform(new ImageAction.OpenDisk(guest, fresh), progress);
    devices.addFirst(new DiskSpec(disk.disk(), false));
    if (!isolated) {
      comfort();
    }
    List<Path> keys = SshKeys.of(System.getProperty("user.home"));
    if (disk.uefi()) {
      return inFlash(uefi.variables().or(() -> Optional.of(disk.variables())), keys);
    }
    if (uefi.given()) {
      throw usage.apply(
          "%s is entered by its kernel; leave out --uefi, or make an image whose recipe has boot: uefi"
              .formatted(guest));
    }
    Guest.Images images =
        new Guest.Images(
            own.kernel().or(() -> Optional.of(disk.kernel())),
            Optional.empty(),
            own.initrd().or(() -> Optional.of(disk.initramfs())),
            Optional.empty(),
            append);
    return new Guest.Installed(guest, new TerminalKind(environment).name(), images, keys);
  }

  /** Gives what the user did not ask for. */
  private void comfort() {
    devices
        .comfort(UserFolder.DATA.locate(environment, System::getProperty))
        .ifPresent(words -> err.println("atoll: " + guest + ": " + words));
  }

  /** Whether it is a system on a disk of its own, made from an image. */
  boolean onDisk() {
    return guest != null && !guest.equals(LINUX) && !guest.equals(HELLO);
  }

  private boolean hasImage(String name) {
    return manager.perform(new ImageAction.HasImage(name));
  }

  private Guest hello(Guest.Images images) {
    if (!images.equals(Guest.Images.none())) {
      throw usage.apply(
          "hello brings its own image; leave out --kernel, --firmware, --initrd, --dtb, --append");
    }
    return new Guest.Program(GuestProgram.HELLO, "");
  }

  private String noGuest() {
    if (guest.matches(".*\\.ya?ml")) {
      return "'%s' is a file; of a recipe make an image: atoll image build %s, of a scenario run its VMs: atoll up %s"
          .formatted(guest, guest, guest);
    }
    if (Files.exists(Path.of(guest))) {
      return "'%s' is a file; say what it is with --kernel %s or --firmware %s"
          .formatted(guest, guest, guest);
    }
    return "there is no guest '%s'%s; choose linux, debian or hello, an image that 'atoll image list' shows, or name image files with --kernel or --firmware"
        .formatted(
            guest,
            Nearest.to(guest, GuestNames.ALL)
                .map(name -> " (did you mean " + name + "?)")
                .orElse(""));
  }

  /** The guest has to take files that are put into its initial RAM disk. */
  void requireFileSystem() {
    boolean none = guest == null ? initrd == null && !uefi.given() : HELLO.equals(guest);
    if (none) {
      throw usage.apply(
          guest == null
              ? "there is no initial RAM disk to put files into; give --initrd too"
              : guest + " has no file system; leave out --file");
    }
  }

  /** What is wrong with the options about images for a guest, in a sentence. */
  Optional<String> obstacle(Guest of) {
    if (onDisk()) {
      return Optional.empty();
    }
    if (fresh) {
      return Optional.of("%s has no disk of its own; leave out --fresh".formatted(of.label()));
    }
    return isolated
        ? Optional.of(
            "%s has only the network and folders that are asked for; leave out --isolated"
                .formatted(of.label()))
        : Optional.empty();
  }

  /** What of it has no signature that could be looked for, in words; nothing is fetched. */
  Optional<String> unsigned() {
    if (onDisk()) {
      return Optional.of(
          "%s has a disk of its own, which it writes; name files that are signed".formatted(guest));
    }
    boolean fetches = LINUX.equals(guest) ? kernel == null || initrd == null : uefi.fetches();
    return fetches
        ? Optional.of(
            "what Atoll fetches is signed as part of a system; name files of your own, or write a scenario and sign that")
        : Optional.empty();
  }

  /** Says which files are read. */
  void claimInputs(OutputClaims claims) {
    claims.reads("--kernel", kernel);
    claims.reads("--initrd", initrd);
    claims.reads("--firmware", firmware);
    claims.reads("--dtb", deviceTree);
    uefi.claimInputs(claims);
  }
}
