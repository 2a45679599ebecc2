package atoll.image;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/**
 * How an image's disk is parted that UEFI firmware boots: a place for boot loaders, and the rest.
 */
final class UefiDisk {
  /**
   * What such a system needs besides: a kernel of its own, a boot loader, what packs its initial
   * RAM disk several times faster than gzip, and what checks the disk.
   */
  static final List<String> PACKAGES =
      List.of("linux-image-riscv64", "grub-efi-riscv64", "zstd", "e2fsprogs", "dosfstools");

  /** By the labels that the builder gives. */
  static final String FSTAB =
      """
      LABEL=root / ext4 errors=remount-ro 0 1
      LABEL=EFI /boot/efi vfat umask=0077 0 2
      """;

  /**
   * EFI system partition (UEFI §5.3.3), and "root" of the Discoverable Partitions Specification.
   */
  private static final UUID EFI = UUID.fromString("c12a7328-f81f-11d2-ba4b-00a0c93ec93b");

  private static final UUID ROOT = UUID.fromString("72ec70a6-cf74-40e6-bd49-4bda08e8f224");

  /** 128 MiB. */
  private static final long EFI_SECTORS = 128 << 11;

  private UefiDisk() {}

  /**
   * Makes a disk with empty partitions.
   *
   * @param size bytes
   * @param seed what its identifiers follow from: equal images are equal
   */
  static void create(Path disk, long size, String seed) throws IOException {
    SparseFile.create(disk, size);
    long sectors = size / PartitionTable.SECTOR;
    long first = PartitionTable.ALIGNMENT;
    long root = first + EFI_SECTORS;
    long end =
        (PartitionTable.lastUsable(sectors) + 1)
            / PartitionTable.ALIGNMENT
            * PartitionTable.ALIGNMENT;
    List<PartitionTable.Partition> partitions =
        List.of(
            new PartitionTable.Partition("EFI", EFI, id(seed, "EFI"), first, root - 1),
            new PartitionTable.Partition("root", ROOT, id(seed, "root"), root, end - 1));
    new PartitionTable(id(seed, "disk"), sectors, partitions).write(disk);
  }

  private static UUID id(String seed, String what) {
    return UUID.nameUUIDFromBytes((seed + " " + what).getBytes(StandardCharsets.UTF_8));
  }
}
