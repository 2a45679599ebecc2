package atoll.bench;

import java.util.Arrays;
import java.util.Optional;

/** What keeps Linux busy, as commands of its shell. */
enum Load {
  /** Computing, memory, context switches, pipes, timers, forks and files, each without a pause. */
  STRESS_NG(
      "stress-ng",
      Optional.of("stress"),
      """
      for driver in virtio_mmio virtio_blk crc32c_generic ext4; do modprobe $driver; done
      mount -t ext4 -o ro /dev/vda /mnt || echo NO DISK
      mount -t proc proc /mnt/proc
      mount -t sysfs sys /mnt/sys
      mount --bind /dev /mnt/dev
      mount -t tmpfs tmp /mnt/tmp
      """,
      """
      chroot /mnt stress-ng --temp-path /tmp --cpu 1 --vm 1 --vm-bytes 32m --switch 1 --pipe 1 --timer 1 \
        --fork 1 --hdd 1 --hdd-bytes 4m 2>&1
      """,
      "dispatching hogs"),

  /** Sums, copies, pipes and forks by the programs of busybox, each without a pause. */
  BUSYBOX(
      "busybox",
      Optional.empty(),
      "",
      """
      while :; do md5sum /bin/busybox >/dev/null; done &
      while :; do cat /bin/busybox | wc -c >/dev/null; done &
      dd if=/dev/zero of=/dev/null bs=4k 2>/dev/null &
      while :; do cp /bin/busybox /tmp/copy; done &
      echo FOUR LOOPS
      wait
      """,
      "FOUR LOOPS");

  /** What {@code --load} calls it. */
  final String key;

  /** The disk that it needs, as {@code bench/build-image} calls it. */
  @SuppressWarnings("ImmutableEnumChecker") // an optional string
  final Optional<String> image;

  /** Run before Linux counts as idle. */
  final String preparation;

  /** Run when it is to be busy. */
  final String commands;

  /** Printed when they have begun. */
  final String begun;

  Load(String key, Optional<String> image, String preparation, String commands, String begun) {
    this.key = key;
    this.image = image;
    this.preparation = preparation;
    this.commands = commands;
    this.begun = begun;
  }

  /**
   * The one that {@code --load} calls so.
   *
   * @throws IllegalArgumentException with those that there are
   */
  static Load named(String key) {
    return Arrays.stream(values())
        .filter(load -> load.key.equals(key))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "there is no load '%s'; there are stress-ng and busybox".formatted(key)));
  }
}
