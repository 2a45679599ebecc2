package atoll.manager;

import atoll.image.FreshDisk;
import atoll.image.ImageFiles;
import atoll.image.ImageStore;
import atoll.image.MirrorChoice;
import atoll.image.Progress;
import atoll.image.Recipe;
import atoll.image.RefusedException;
import atoll.image.UserDisk;
import atoll.image.UserDisks;
import atoll.scenario.DiskSpec;
import atoll.scenario.Guest;
import atoll.scenario.ImageChoice;
import atoll.scenario.ImageLookup;
import atoll.scenario.VmDescription;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** The images that a scenario's VMs start from, and the disks over them that the VMs have. */
final class ImageDisks implements ImageLookup {
  private final ImageStore store;
  private final Path data;
  private final Progress progress;

  /**
   * @param data the user's data folder
   */
  ImageDisks(ImageStore store, Path data, Progress progress) {
    this.store = store;
    this.data = data;
    this.progress = progress;
  }

  /** The disk that is there decides, then the image, then what can be made. */
  @Override
  public Optional<Recipe.Boot> boot(ImageChoice choice) {
    return kept(choice)
        .map(UserDisk::uefi)
        .or(() -> image(choice).map(found -> found.manifest().uefi()))
        .map(uefi -> uefi ? Recipe.Boot.UEFI : Recipe.Boot.KERNEL)
        .or(() -> choice.recipe().map(Recipe::boot));
  }

  /** What a person should know of a VM's image before the VM starts. */
  Optional<String> note(ImageChoice choice) {
    Optional<String> obstacle = obstacle(choice);
    if (obstacle.isPresent() || kept(choice).isPresent() || image(choice).isPresent()) {
      return obstacle;
    }
    return Optional.of(
        "the image %s has not been built yet; 'atoll up' does that first, which takes some minutes"
            .formatted(choice.name()));
  }

  /** Why the disk that a VM has cannot be used. */
  private Optional<String> obstacle(ImageChoice choice) {
    return choice.fresh() ? Optional.empty() : disks(choice).obstacle(vm(choice), choice.name());
  }

  private boolean has(ImageChoice choice) {
    return !choice.fresh() && disks(choice).present(vm(choice));
  }

  private Optional<UserDisk> kept(ImageChoice choice) {
    return choice.fresh() ? Optional.empty() : disks(choice).find(vm(choice), choice.name());
  }

  private Optional<ImageFiles> image(ImageChoice choice) {
    return choice
        .own()
        .map(recipe -> store.find(choice.name(), recipe.digest()))
        .orElseGet(() -> store.find(choice.name()));
  }

  private UserDisks disks(ImageChoice choice) {
    return UserDisks.ofSystem(data, choice.owner().system(), progress);
  }

  private static String vm(ImageChoice choice) {
    return choice.owner().vm();
  }

  /**
   * Has what a VM starts from made, unless it is there.
   *
   * @param builder makes an image of a recipe
   */
  void prepare(ImageChoice choice, Consumer<Recipe> builder) {
    if (!has(choice) && image(choice).isEmpty()) {
      builder.accept(
          choice
              .recipe()
              .orElseThrow(() ->
                  new RefusedException(
                      "there is no image '%s'; make it with: atoll image build RECIPE.yaml"
                          .formatted(choice.name()))));
    }
  }

  /** Removes the disk that a VM has, if it has one: its next one is of the image again. */
  void forget(ImageChoice choice) {
    if (has(choice)) {
      long ignored = disks(choice).remove(vm(choice));
    }
  }

  /** A VM as a machine is entered with it, if that is there; nothing is made or opened. */
  Optional<EnteredVm> present(VmDescription vm) {
    return switch (vm.guest()) {
      case Guest.Image image ->
          kept(image.choice())
              .or(() -> image(image.choice()).map(ImageDisks::planned))
              .map(disk -> entered(vm, image, Guest.Linux.NO_TERMINAL, disk));
      case Guest.Entered guest -> Optional.of(new EnteredVm(vm, guest));
    };
  }

  /** The disk that will be made, which nobody opens before. */
  private static UserDisk planned(ImageFiles image) {
    return new UserDisk(
        image.disk(), image.kernel(), image.initramfs(), image.folder().resolve("vars.fd"), true);
  }

  /**
   * A VM as a machine is entered with it, with its disk, which is made if it is not there.
   *
   * @param terminal the kind of terminal that its console is shown on, as in {@code $TERM}
   * @param held given a disk that is to be removed when the VM's system is over
   */
  EnteredVm open(VmDescription vm, String terminal, Consumer<FreshDisk> held) {
    return switch (vm.guest()) {
      case Guest.Image image -> entered(vm, image, terminal, open(image.choice(), held));
      case Guest.Entered guest -> new EnteredVm(vm, guest);
    };
  }

  private UserDisk open(ImageChoice choice, Consumer<FreshDisk> held) {
    if (!choice.fresh()) {
      return disks(choice).open(vm(choice), choice.name(), false, image(choice));
    }
    FreshDisk made = store.fresh(image(choice).orElseGet(() -> store.get(choice.name())));
    held.accept(made);
    return made.disk();
  }

  private static EnteredVm entered(
      VmDescription vm, Guest.Image image, String terminal, UserDisk disk) {
    Guest.Entered guest = guest(image, terminal, disk);
    return new EnteredVm(vm.entered(guest, new DiskSpec(disk.disk(), false)), guest);
  }

  private static Guest.Entered guest(Guest.Image image, String terminal, UserDisk disk) {
    if (disk.uefi()) {
      return new Guest.Uefi(
          MirrorChoice.USUAL, Optional.empty(), Optional.of(disk.variables()), List.of());
    }
    Guest.Images files =
        new Guest.Images(
            Optional.of(disk.kernel()),
            Optional.empty(),
            Optional.of(disk.initramfs()),
            Optional.empty(),
            image.append());
    return new Guest.Installed(image.choice().name(), terminal, files, List.of());
  }
}
