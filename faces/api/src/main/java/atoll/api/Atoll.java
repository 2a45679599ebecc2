package atoll.api;

import atoll.api.VmBuilder.GuestKind;
import atoll.image.GuestProgram;
import java.nio.file.Path;

/**
 * Where to begin: what is to run, as a builder.
 *
 * <pre>{@code
 * try (AtollSystem system = Atoll.linux().start()) {
 *   System.out.println(system.vm().run("uname -a").output());
 * }
 * }</pre>
 */
public final class Atoll {
  private Atoll() {}

  /**
   * Debian's kernel with a busybox shell. It is fetched at first use, and kept in the user's cache.
   *
   * @return a description to be completed
   */
  public static VmBuilder linux() {
    return new VmBuilder(new GuestKind.Linux());
  }

  /**
   * A whole Debian, in a copy of Atoll's image that is thrown away at the end. The image is made at
   * first use, which takes minutes, and kept in the user's cache.
   *
   * @return a description to be completed
   */
  public static VmBuilder debian() {
    return image("debian");
  }

  /**
   * A system on a disk image that {@code atoll image build} has made, in a copy of it that is
   * thrown away at the end.
   *
   * @param name of the image
   * @return a description to be completed
   */
  public static VmBuilder image(String name) {
    return new VmBuilder(new GuestKind.Image(name));
  }

  /**
   * A small bare-metal program that comes with Atoll and answers on its console; it is there in a
   * moment, and needs nothing.
   *
   * @return a description to be completed
   */
  public static VmBuilder hello() {
    return builtin("hello");
  }

  /**
   * One of the small programs that come with Atoll.
   *
   * @param program its name as in a scenario, such as {@code cluster}
   * @return a description to be completed
   */
  public static VmBuilder builtin(String program) {
    return new VmBuilder(new GuestKind.Builtin(program));
  }

  /**
   * A guest by its name: {@code linux}, a program that comes with Atoll, or a disk image.
   *
   * @param guest the name
   * @return a description to be completed
   * @throws AtollException if there is no name
   */
  public static VmBuilder named(String guest) {
    if (guest.isEmpty()) {
      throw new AtollException("say what is to run: linux, hello, debian or another name");
    }
    return GuestProgram.of(guest).isPresent()
        ? builtin(guest)
        : guest.equals("linux") ? linux() : image(guest);
  }

  /**
   * A kernel, entered in supervisor mode and served by Atoll's SBI.
   *
   * @param file a Linux {@code Image}, packed or not, or an ELF file
   * @return a description to be completed
   */
  public static VmBuilder kernel(Path file) {
    return new VmBuilder(new GuestKind.Kernel()).kernel(file);
  }

  /**
   * Firmware or any bare-metal program, entered in machine mode.
   *
   * @param file an ELF file, or raw bytes for the base of RAM
   * @return a description to be completed
   */
  public static VmBuilder firmware(Path file) {
    return new VmBuilder(new GuestKind.Firmware(file));
  }

  /**
   * UEFI firmware, fetched at first use, that starts what is on a disk.
   *
   * @param disk an image with an EFI partition
   * @return a description to be completed
   */
  public static VmBuilder uefi(Path disk) {
    return new VmBuilder(new GuestKind.Uefi()).disk(disk);
  }

  /**
   * The system that a scenario file describes.
   *
   * @param file YAML, as for {@code atoll up}; its relative paths are from its own folder
   * @return a description to be completed
   */
  public static ScenarioBuilder scenario(Path file) {
    return new ScenarioBuilder(file);
  }

  /**
   * The system that was saved as a snapshot, by {@link AtollSystem#save} or by {@code atoll
   * snapshot save}. Its VMs go on where they were; what they write to their disks from then on is
   * gone at the end.
   *
   * @param snapshot its name
   * @return a description to be completed
   */
  public static SnapshotBuilder restore(String snapshot) {
    return new SnapshotBuilder(snapshot);
  }

  /**
   * Looks whether this JVM can have VMs; every start does this.
   *
   * @throws AtollException with the flag that is missing, and why
   */
  public static void requireJvm() {
    JvmCheck.require();
  }
}
