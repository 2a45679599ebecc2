package atoll.tests;

import atoll.device.spi.DiskLimits;
import atoll.disk.DiskFormat;
import atoll.disk.DiskLocation;
import atoll.disk.ReportedDisk;
import atoll.isa.Assembler;
import atoll.testkit.Engines;
import atoll.testkit.TestVm;
import atoll.vmm.Boot;
import atoll.vmm.FirmwareFlash;
import atoll.vmm.Image;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Runs firmware that programs one word of flash for variables after the other, and prints a line
 * for each that the chip has called ready, until this process is killed.
 */
public final class FlashVictim {
  private static final int MEMORY_MIB = 16;

  /** Erases the first block, as what was never used reads as zeroes; word n gets the value n. */
  private static final String FIRMWARE =
      """
        li s0, 0x22000000
        li s1, 0x10000000
        li t0, 0x200020
        sw t0, 0(s0)
        li t0, 0xd000d0
        sw t0, 0(s0)
        jal wait
        li t1, 'e'
        sb t1, 0(s1)
        li t1, 10
        sb t1, 0(s1)
        li s2, 0
        mv s3, s0
      next:
        li t0, 0x400040
        sw t0, 0(s3)
        sw s2, 0(s3)
        jal wait
        li t1, 'w'
        sb t1, 0(s1)
        li t1, 10
        sb t1, 0(s1)
        addi s2, s2, 1
        addi s3, s3, 4
        j next
      wait:
        lw t1, 0(s0)
        andi t1, t1, 0x80
        beqz t1, wait
        ret
      """;

  private FlashVictim() {}

  public static void main(String[] args) throws InterruptedException {
    ReportedDisk variables =
        ReportedDisk.open(
            DiskLocation.of(Path.of(args[1])),
            Optional.of(DiskFormat.RAW),
            false,
            DiskLimits.NONE,
            System.out::println);
    Image code = Image.bytes("firmware", Assembler.assemble(FIRMWARE, 0x2000_0000L));
    TestVm vm =
        TestVm.start(
            Engines.shipped(args[0]),
            new Boot.FlashBoot(Optional.empty()),
            1,
            MEMORY_MIB,
            config -> config.flash(new FirmwareFlash(code, variables)));
    while (true) {
      System.out.print(vm.console().await("\n", Duration.ofMinutes(1)));
      System.out.flush();
    }
  }
}
