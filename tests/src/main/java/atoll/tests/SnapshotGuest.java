package atoll.tests;

import atoll.testkit.GuestProgram;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Guests that can tell whether they have been disturbed, for a {@link SnapshotRun}.
 *
 * @param name for people and for the command line
 * @param scenario its text, with ENGINE in the place of the engine's name
 * @param busy what has to be typed, if something has
 * @param progress what each VM prints again and again as long as all is well; none if it does not
 * @param good what the judge prints at last if all is well
 * @param judge the VM that decides
 */
record SnapshotGuest(
    String name,
    String scenario,
    Optional<Busy> busy,
    Optional<String> progress,
    String good,
    String judge) {
  private static final String VM = "vm";

  /** What no guest prints while all is well. */
  static final List<String> BAD =
      List.of("FAULT", "FAIL", "ESCAPE", "PANIC", "Oops", "BUG:", "rcu: INFO", "Kernel panic");

  /**
   * What has to be typed.
   *
   * @param prompt after which
   * @param script that is typed
   * @param begun what is printed then
   * @param enough what is typed after the last snapshot
   */
  record Busy(String prompt, String script, String begun, String enough) {}

  /** Small ones, of {@code guests/}. */
  static final List<SnapshotGuest> SMALL =
      List.of(
          program("rtostest", "kernel", 1, "", "verdict: PASS"),
          program("latency", "kernel", 1, "period=200 loops=2000", "2000 wake-ups"),
          program("litmus", "firmware", 2, "rounds=3000", "verdict: PASS"));

  private static SnapshotGuest program(
      String program, String kind, int cpus, String words, String good) {
    String scenario =
        """
        name: saved
        machine: {cpus: %d, memory: 64M}
        vms:
          vm: {%s: %s, append: "%s", vcpus: %d, memory: 16M, engine: ENGINE}
        """
            .formatted(cpus, kind, GuestProgram.elf(program), words, cpus);
    return new SnapshotGuest(program, scenario, Optional.empty(), Optional.empty(), good, VM);
  }

  /** A pair that checks its memory, its disks, its channel, its network and its timers. */
  static SnapshotGuest witness() {
    String scenario =
        """
        name: saved
        machine: {cpus: 2, memory: 64M}
        vms:
          left:
            kernel: %1$s
            append: side=0
            memory: 16M
            affinity: 0
            engine: ENGINE
            disks: [d.img]
            nics: [{network: lan}]
          right:
            kernel: %1$s
            append: side=1
            memory: 16M
            affinity: 1
            engine: ENGINE
            disks: [e.img]
            nics: [{network: lan}]
        networks: {lan: {}}
        channels:
          twin: {size: 16K, between: {left: read-write, right: read-write}}
        """
            .formatted(GuestProgram.elf("witness"));
    String line = ": all agree after";
    Busy busy = new Busy(line, "", line, "q");
    return new SnapshotGuest(
        "witness", scenario, Optional.of(busy), Optional.of(line), "ended, all agreed", "left");
  }

  /** A disk that a driver VM serves, written and compared; saved while requests are under way. */
  static SnapshotGuest served() {
    String scenario =
        """
        name: saved
        machine: {cpus: 2, memory: 64M}
        vms:
          storage:
            builtin: driver
            memory: 16M
            affinity: 0
            engine: ENGINE
            service: true
            disks: [d.img]
            serves: {data: {to: client}}
          client:
            firmware: %s
            append: generations=1000
            memory: 16M
            affinity: 1
            engine: ENGINE
        """
            .formatted(GuestProgram.elf("disk"));
    return new SnapshotGuest(
        "served", scenario, Optional.empty(), Optional.empty(), "disk: verified", "client");
  }

  /** A hart begins with cold code after each restore; on a busy host Linux takes it for stuck. */
  private static final String NO_JUDGES_OF_SPEED = "nosoftlockup rcupdate.rcu_cpu_stall_suppress=1";

  /** A stock Debian kernel on two harts. */
  private static SnapshotGuest linux(
      String name, int memory, String disks, Busy busy, String good) {
    String scenario =
        """
        name: saved
        machine: {cpus: 2, memory: 1G}
        vms:
          vm:
            builtin: linux
            append: %s
            vcpus: 2
            memory: %dM
            engine: ENGINE
            memory-policy: paged
            disks: [%s]
        """
            .formatted(NO_JUDGES_OF_SPEED, memory, disks);
    return new SnapshotGuest(name, scenario, Optional.of(busy), Optional.empty(), good, VM);
  }

  /** One whose disk and memory are written and compared until it is enough. */
  static SnapshotGuest disk() {
    String work =
        """
        echo 1 > /proc/sys/kernel/printk;
        dd if=/dev/urandom of=/tmp/r bs=64k count=64 2>/dev/null;
        gzip -c /tmp/r > /tmp/r.gz; echo BUSY FROM HERE "ON";
        (while [ ! -e /tmp/enough ]; do
        dd if=/tmp/r of=/dev/vda bs=16k conv=fsync 2>/dev/null;
        gunzip -c /tmp/r.gz | cmp - /tmp/r || echo "FA"IL in memory;
        echo 3 > /proc/sys/vm/drop_caches;
        dd if=/dev/vda bs=32k count=128 2>/dev/null | cmp - /tmp/r || echo "FA"IL on disk;
        done) &
        """;
    return linux("disk", 256, "d.img", new Busy("# ", line(work), BUSY, ENOUGH), WELL);
  }

  /**
   * One whose disk {@code fio} writes and verifies, many requests at once.
   *
   * @param tools what {@code bench/build-image fio} makes
   */
  static SnapshotGuest fio(Path tools) {
    String work =
        inTools(
            """
            fio --name=saved --filename=/dev/vdb --size=12M --rw=randrw --bsrange=4k-64k
            --direct=1 --ioengine=libaio --iodepth=16 --thread --fdatasync=16 --verify=crc32c
            --verify_fatal=1 --verify_backlog=64 --output=/tmp/fio
            || { echo "FA"IL of fio; cat /mnt/tmp/fio; }
            """);
    String disks = "{file: %s, read-only: true}, d.img".formatted(tools);
    return linux("fio", 256, disks, new Busy("# ", line(work), BUSY, ENOUGH), WELL);
  }

  /**
   * One in which {@code stress-ng} works and verifies what it does.
   *
   * @param tools what {@code bench/build-image stress} makes
   */
  static SnapshotGuest stress(Path tools) {
    String work =
        inTools(
            """
            stress-ng --temp-path /tmp --verify --cpu 1 --vm 1 --vm-bytes 24m --switch 1 --pipe 1
            --timer 1 --fork 1 --hdd 1 --hdd-bytes 8m --timeout 5s >/mnt/tmp/stress 2>&1
            || { echo "FA"IL of stress-ng; cat /mnt/tmp/stress; }
            """);
    String disks = "{file: %s, read-only: true}".formatted(tools);
    return linux("stress", 384, disks, new Busy("# ", line(work), BUSY, ENOUGH), WELL);
  }

  /** Has a program of a disk with a file system of its own run until it is enough. */
  private static String inTools(String program) {
    return """
    echo 1 > /proc/sys/kernel/printk; modprobe crc32c_generic; modprobe ext4;
    mount -t ext4 -o ro /dev/vda /mnt && mount -t proc proc /mnt/proc && mount -t sysfs sys /mnt/sys &&
    mount --bind /dev /mnt/dev && mount -t tmpfs tmp /mnt/tmp; echo BUSY FROM HERE "ON";
    (while [ ! -e /tmp/enough ]; do chroot /mnt %s; done) &
    """
        .formatted(program.strip());
  }

  /**
   * Linux's own KVM with a guest of its own in it.
   *
   * @param disk what {@code examples/nested/image} makes
   */
  static SnapshotGuest nested(Path disk) {
    String work =
        """
        echo 1 > /proc/sys/kernel/printk; modprobe crc32c_generic; modprobe ext4;
        mount -t ext4 -o ro /dev/vda /mnt && sh /mnt/nested/start && poweroff -f
        """;
    Busy busy = new Busy("# ", line(work), "harts, so many virtual CPUs", "");
    String disks = "{file: %s, read-only: true}".formatted(disk);
    return linux("nested", 768, disks, busy, "nested: QEMU has ended with 0");
  }

  private static final String BUSY = "BUSY FROM HERE ON";
  private static final String WELL = "ALL IS WELL";

  private static final String END = "echo ALL IS \"WELL\"; poweroff -f\n";
  private static final String ENOUGH = "touch /tmp/enough; wait; " + END;

  private static String line(String script) {
    return script.strip().replace('\n', ' ') + "\n";
  }

  /** The cockpit, whose Linux waits for the cluster's doorbell and reads what it publishes. */
  static SnapshotGuest cockpit() {
    String scenario =
        """
        name: saved
        machine: {cpus: [dedicated, fair], memory: 512M}
        vms:
          cluster: {builtin: cluster, append: watchdog=6, memory: 16M, affinity: 0, engine: ENGINE}
          vm:
            builtin: linux
            append: nosoftlockup rcupdate.rcu_cpu_stall_suppress=1
            memory: 256M
            engine: ENGINE
            affinity: 1
            files: {/bin/atoll-channel: %s}
        channels:
          vehicle: {size: 8K, between: {cluster: read-write, vm: read-only}}
        """
            .formatted(GuestProgram.elf("atoll-channel"));
    String work =
        """
        echo 1 > /proc/sys/kernel/printk;
        atoll-channel show vehicle 1000000 & reader=$!
        """;
    Busy busy = new Busy("# ", line(work), " km/h, ", "kill $reader && " + END);
    return new SnapshotGuest("cockpit", scenario, Optional.of(busy), Optional.empty(), WELL, VM);
  }

  @Override
  public String toString() {
    return name;
  }
}
