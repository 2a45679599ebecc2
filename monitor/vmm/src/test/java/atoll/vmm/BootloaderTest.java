package atoll.vmm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.HostMemory;
import atoll.isa.Assembler;
import atoll.memory.DirtyPages;
import atoll.memory.GuestMemory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BootloaderTest {
  private static final long RAM = Fixture.RAM;
  private static final long MIB = Fixture.MIB;

  @TempDir Path directory;

  private static byte[] linux(long textOffset, long imageSize, int fileSize) {
    ByteBuffer image = ByteBuffer.allocate(fileSize).order(ByteOrder.LITTLE_ENDIAN);
    image.putLong(8, textOffset).putLong(16, imageSize).putInt(32, 2);
    image.putInt(0x38, 0x05435352).putInt(0, 0x6f);
    return image.put(fileSize - 1, (byte) 0x77).array();
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(bytes);
    }
    return packed.toByteArray();
  }

  private static byte[] zboot(String type, byte[] payload) {
    ByteBuffer image = ByteBuffer.allocate(64 + payload.length).order(ByteOrder.LITTLE_ENDIAN);
    image.putShort(0, (short) 0x5a4d).putInt(4, 0x676d697a);
    image.putInt(8, 64).putInt(12, payload.length);
    for (int i = 0; i < type.length(); i++) {
      image.put(0x18 + i, (byte) type.charAt(i));
    }
    return image.put(64, payload).array();
  }

  private static BootPlan plan(Boot boot, long memory) {
    try (Arena arena = Arena.ofConfined()) {
      return new Bootloader(Fixture.config(boot).memory(memory).build(), arena).plan();
    }
  }

  private static Boot withInitrd(byte[] kernel, int initrdSize) {
    byte[] initrd = new byte[initrdSize];
    Arrays.fill(initrd, (byte) 0x33);
    return new Boot.KernelBoot(
        Fixture.image("kernel", kernel),
        Optional.of(Fixture.image("initrd", initrd)),
        "",
        Optional.empty());
  }

  private static BootPlan.Piece piece(BootPlan plan, String name) {
    return plan.pieces().stream().filter(p -> p.name().equals(name)).findFirst().orElseThrow();
  }

  private static void refused(byte[] kernel, String... inMessage) {
    assertThatThrownBy(() -> plan(Fixture.kernel(kernel), 64 * MIB))
        .isInstanceOf(VmException.class)
        .hasMessageContaining("kernel")
        .hasMessageContainingAll(inMessage);
  }

  @Test
  void linuxImageGoesToItsOffsetAndIsEnteredAtItsStart() {
    BootPlan plan = plan(Fixture.kernel(linux(0x20_0000, 3 * MIB, 8192)), 64 * MIB);
    assertThat(plan.entry()).isEqualTo(RAM + 2 * MIB);
    assertThat(piece(plan, "kernel").address()).isEqualTo(RAM + 2 * MIB);
    assertThat(plan.firmwareInfo()).isZero();
  }

  @Test
  void positionIndependentFilesLinkedToZeroAreLoadedIntoRam() {
    byte[] elf = Elf.of("nop\n nop\n j .\n", 0);
    ByteBuffer header = ByteBuffer.wrap(elf).order(ByteOrder.LITTLE_ENDIAN);
    header.putLong(24, 4); // entered behind the first instruction
    refused(elf, "0x80000000");
    header.putShort(16, (short) 3);
    BootPlan kernel = plan(Fixture.kernel(elf), 64 * MIB);
    assertThat(piece(kernel, "kernel").address()).isEqualTo(RAM + 2 * MIB);
    assertThat(kernel.entry()).isEqualTo(RAM + 2 * MIB + 4);
    BootPlan firmware = plan(Fixture.firmware(elf), 64 * MIB);
    assertThat(firmware.entry()).isEqualTo(RAM + 4);
    byte[] linked = Elf.of("j .\n", RAM + 5 * MIB);
    ByteBuffer.wrap(linked).order(ByteOrder.LITTLE_ENDIAN).putShort(16, (short) 3);
    assertThat(plan(Fixture.kernel(linked), 64 * MIB).entry()).isEqualTo(RAM + 5 * MIB);
  }

  @Test
  void packedKernelsAreUnpacked() throws IOException {
    byte[] image = linux(0x20_0000, 3 * MIB, 8192);
    for (byte[] packed : new byte[][] {gzip(image), zboot("gzip", gzip(image))}) {
      assertThat(piece(plan(Fixture.kernel(packed), 64 * MIB), "kernel").bytes().byteSize())
          .isEqualTo(8192);
    }
  }

  @Test
  void otherPackingIsNamed() {
    refused(zboot("zstd", new byte[1000]), "zboot", "zstd", "gzip");
    refused(Arrays.copyOf(zboot("gzip", new byte[1000]), 500), "truncated", "1000", "500");
  }

  @Test
  void damagedGzipIsRefused() throws IOException {
    byte[] packed = gzip(linux(0x20_0000, 3 * MIB, 8192));
    for (int left : new int[] {3, 12, 18, 30, packed.length - 9, packed.length - 1}) {
      refused(Arrays.copyOf(packed, left), "is cut off", "fetch it again");
    }
    for (int at : new int[] {30, packed.length - 8, packed.length - 3}) {
      byte[] damaged = packed.clone();
      damaged[at] ^= 0x55;
      refused(damaged, "damaged");
    }
    refused(gzip(new byte[0]), "has nothing in it");
  }

  @Test
  void whatUnpacksToMoreThanTheMemoryIsRefusedWhateverItsEndSays() throws IOException {
    byte[] packed = gzip(new byte[(int) (65 * MIB)]);
    refused(packed, "unpacks to more than the VM's 64 MiB");
    byte[] modest = packed.clone();
    Arrays.fill(modest, modest.length - 4, modest.length, (byte) 0);
    refused(modest, "unpacks to more than the VM's 64 MiB");
  }

  @Test
  void packedDataInSeveralPartsAreOneKernel() throws IOException {
    byte[] image = linux(0x20_0000, 3 * MIB, 8192);
    ByteArrayOutputStream parts = new ByteArrayOutputStream();
    parts.write(gzip(Arrays.copyOf(image, 4096)));
    parts.write(gzip(Arrays.copyOfRange(image, 4096, 8192)));
    try (Arena arena = Arena.ofConfined()) {
      VmConfig config = Fixture.config(Fixture.kernel(parts.toByteArray())).build();
      BootPlan plan = new Bootloader(config, arena).plan();
      assertThat(piece(plan, "kernel").bytes().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(image);
    }
  }

  @Test
  void codeWithoutAHeaderIsEnteredTwoMebibytesUp() {
    byte[] code =
        Assembler.assemble(
            """
            mv s0, a0
            mv s1, a1
            la sp, stack
            li a7, 1
            li a0, 'x'
            ecall
            addi s0, s0, 1
            j .
            .align 4
            stack: .dword 0, 0
            """,
            RAM + 2 * MIB);
    BootPlan plan = plan(Fixture.kernel(code), 64 * MIB);
    assertThat(plan.entry()).isEqualTo(RAM + 2 * MIB);
    byte[] windows = code.clone();
    windows[0] = 'M';
    windows[1] = 'Z';
    refused(windows, "not a RISC-V kernel", "4d5a");
    refused(
        "# A text that is longer than eight instructions\n"
            .repeat(9)
            .getBytes(StandardCharsets.US_ASCII),
        "is a text file, not a RISC-V kernel");
  }

  @Test
  void whatIsNoKernelSaysWhatItIs() {
    refused("#!/bin/sh\n".getBytes(StandardCharsets.US_ASCII), "is a script, not a RISC-V kernel");
    byte[] arm = new byte[4096];
    ByteBuffer.wrap(arm).order(ByteOrder.LITTLE_ENDIAN).putInt(0x38, 0x644d5241);
    refused(arm, "Arm");
    refused(new byte[] {1, 2, 3}, "not a RISC-V kernel");
  }

  @Test
  void elfThatIsNotForThisMachineIsRefusedByField() {
    byte[] good = Elf.of("j .", RAM);
    refused(patched(good, 4, 1), "is for 32-bit RISC-V, expected 64-bit", "-march=rv64gc");
    byte[] big = patched(patched(good, 5, 2), 18, 243 << 8);
    refused(big, "is big-endian, expected little-endian");
    refused(patched(good, 18, 62), "is for x86-64, expected 64-bit RISC-V");
    refused(patched(good, 18, 4711), "is for another processor (machine 4711)");
    refused(patched(good, 16, 1), "an object file that is not linked yet");
    refused(patched(good, 16, 4), "a core dump");
    refused(patched(good, 32, 0x7fff_0000), "program headers", "beyond the file's end");
    refused(patched(good, 96, 0x7fff_0000), "its segment 0 (2147418112 bytes from byte 4096)");
    byte[] negative = patched(good, 72, -1);
    ByteBuffer.wrap(negative).putInt(76, -1);
    refused(negative, "from byte 18446744073709551615) reaches beyond");
    refused(patched(good, 104, 1), "its segment 0 has 1 bytes of memory");
    refused(patched(good, 64, 6), "it has nothing to load");
    refused(patched(good, 24, 0x1234), "its entry 0x1234 is in none of its LOAD segments");
    refused(Arrays.copyOf(good, 20), "it has 20 bytes, fewer than its header");
  }

  /** Patches a 16-bit field, or the low half of a wider one together with its upper part. */
  private static byte[] patched(byte[] elf, int at, int value) {
    byte[] patched = elf.clone();
    ByteBuffer fields = ByteBuffer.wrap(patched).order(ByteOrder.LITTLE_ENDIAN);
    if (at == 4 || at == 5) {
      fields.put(at, (byte) value);
    } else if (at == 16 || at == 18) {
      fields.putShort(at, (short) value);
    } else {
      fields.putInt(at, value);
    }
    return patched;
  }

  @Test
  void elfIsEnteredByPhysicalAddress() {
    byte[] elf = Elf.of("nop; j .", RAM + 2 * MIB);
    ByteBuffer fields = ByteBuffer.wrap(elf).order(ByteOrder.LITTLE_ENDIAN);
    fields.putLong(80, 0xffff_ffff_8000_0000L).putLong(24, 0xffff_ffff_8000_0004L);
    assertThat(plan(Fixture.kernel(elf), 64 * MIB).entry()).isEqualTo(RAM + 2 * MIB + 4);
  }

  @Test
  void elfOutsideRamIsRefused() {
    refused(Elf.of("j .", 0x1000), "0x1000", "RAM begins at 0x80000000");
    refused(Elf.of("j .", 0x7000_0000_0000_0000L), "linked for this board");
    refused(Elf.of("j .", -8), "RAM begins");
  }

  @Test
  void tooLittleMemorySaysHowMuchIsEnough() {
    assertThatThrownBy(() -> plan(Fixture.kernel(linux(0x20_0000, 30 * MIB, 8192)), 16 * MIB))
        .isInstanceOf(VmException.class)
        .hasMessageContainingAll("kernel", "0x80200000", "16 MiB", "give it 40 MiB");
    assertThatThrownBy(() -> plan(withInitrd(linux(0x20_0000, MIB, 8192), 8 << 20), 8 * MIB))
        .isInstanceOf(VmException.class)
        .hasMessageContainingAll("initial RAM disk", "0x800000", "give it 17 MiB");
    plan(withInitrd(linux(0x20_0000, MIB, 8192), 8 << 20), 17 * MIB);
    plan(Fixture.kernel(linux(0x20_0000, 30 * MIB, 8192)), 40 * MIB);
  }

  @Test
  void nothingOverlapsInAnyMemorySize() {
    byte[] kernel = linux(0x20_0000, 3 * MIB, 8192);
    for (long memory = 8 * MIB; memory <= 4096 * MIB; memory += memory / 3 / 4096 * 4096) {
      BootPlan plan = plan(withInitrd(kernel, 123_456), memory);
      BootPlan.Piece initrd = piece(plan, "the initial RAM disk");
      BootPlan.Piece tree = piece(plan, "device tree");
      assertThat(initrd.address()).isGreaterThanOrEqualTo(RAM + 5 * MIB);
      assertThat(tree.address() + tree.size()).isLessThanOrEqualTo(RAM + memory);
      assertThat(tree.address()).isLessThan(0xc000_0000L);
      assertThat(tree.address() % 8).isZero();
      boolean apart =
          initrd.address() + initrd.size() <= tree.address()
              || tree.address() + tree.size() <= initrd.address();
      assertThat(apart).isTrue();
    }
  }

  @Test
  void everythingIsWrittenToMemory() {
    try (Arena arena = Arena.ofConfined();
        HostMemory host = HostMemory.allocate(64 * MIB)) {
      GuestMemory memory = new GuestMemory(RAM, host);
      byte[] kernel = linux(0x20_0000, 3 * MIB, 8192);
      VmConfig config = Fixture.config(withInitrd(kernel, 5000)).build();
      BootPlan plan = new Bootloader(config, arena).plan();
      memory.log().start();
      plan.load(memory);
      DirtyPages dirty = memory.log().collect();
      for (long gpa = RAM; gpa < RAM + 64 * MIB; gpa += 4096) {
        long page = gpa;
        boolean loaded =
            plan.pieces().stream()
                .anyMatch(
                    p -> p.address() < page + 4096 && page < p.address() + p.bytes().byteSize());
        assertThat(dirty.contains(gpa)).isEqualTo(loaded);
      }
      assertThat(memory.read(RAM + 2 * MIB, 8192)).isEqualTo(kernel);
      assertThat(memory.getByte(piece(plan, "the initial RAM disk").address() + 4999))
          .isEqualTo((byte) 0x33);
      assertThat(Integer.reverseBytes(memory.getInt(plan.deviceTree()))).isEqualTo(0xd00dfeed);
    }
  }

  @Test
  void rawFirmwareGoesToTheBaseOfRamAndItsKernelAbove() {
    Boot boot =
        new Boot.FirmwareBoot(
            Fixture.image("raw", Assembler.assemble("j .")),
            Optional.of(Fixture.image("next", new byte[100])),
            Optional.empty(),
            "",
            Optional.empty());
    try (Arena arena = Arena.ofConfined();
        HostMemory host = HostMemory.allocate(64 * MIB)) {
      GuestMemory memory = new GuestMemory(RAM, host);
      BootPlan plan = new Bootloader(Fixture.config(boot).build(), arena).plan();
      plan.load(memory);
      assertThat(plan.entry()).isEqualTo(RAM);
      assertThat(piece(plan, "next").address()).isEqualTo(RAM + 2 * MIB);
      assertThat(memory.getLong(plan.firmwareInfo())).isEqualTo(0x4942534f);
      assertThat(memory.getLong(plan.firmwareInfo() + 8)).isEqualTo(2);
      assertThat(memory.getLong(plan.firmwareInfo() + 16)).isEqualTo(RAM + 2 * MIB);
      assertThat(memory.getLong(plan.firmwareInfo() + 24)).isEqualTo(1);
    }
  }

  @Test
  void firmwareThatReachesIntoItsKernelIsRefused() {
    Boot boot =
        new Boot.FirmwareBoot(
            Fixture.image("big", new byte[3 << 20]),
            Optional.of(Fixture.image("next", new byte[100])),
            Optional.empty(),
            "",
            Optional.empty());
    assertThatThrownBy(() -> plan(boot, 64 * MIB))
        .isInstanceOf(VmException.class)
        .hasMessageContainingAll("big", "next", "overlaps");
  }

  @Test
  void aFileTooShortForAHeaderIsDescribedByTheBytesThatItHas() {
    Boot boot =
        new Boot.KernelBoot(
            Fixture.image("note", new byte[] {0x68, 0x65, 0x79}),
            Optional.empty(),
            "",
            Optional.empty());
    assertThatThrownBy(() -> plan(boot, 64 * MIB))
        .isInstanceOf(VmException.class)
        .hasMessageContainingAll("note", "bytes 686579;");
  }

  private static void refusedAs(BootPart part, Boot boot, String... words) {
    BootCheck check = BootCheck.of(Fixture.config(boot).build());
    assertThat(check.problems()).hasSize(1);
    assertThat(check.problems().getFirst().part()).isEqualTo(part);
    assertThat(check.problems().getFirst().message()).contains(words);
  }

  private static Image head(String name, String head) {
    return Fixture.image(name, Arrays.copyOf(head.getBytes(StandardCharsets.ISO_8859_1), 4096));
  }

  private static Boot with(Image kernel, Optional<Image> initrd, Optional<Image> tree) {
    return new Boot.KernelBoot(kernel, initrd, "", tree);
  }

  @Test
  void whatAFileIsTakenForDependsOnWhatItIsGivenAs() {
    Image good = Fixture.image("good", Elf.of("j .", RAM + 2 * MIB));
    Image linux = Fixture.image("linux", linux(0x20_0000, MIB, 8192));
    Image qcow2 = head("q", "QFI\u00fb");
    Image gzip = head("g", "\u001f\u008b\b");
    Image elf = head("e", "\u007fELF");
    Image tree =
        Fixture.image("t", "/dts-v1/; / { };\n".repeat(9).getBytes(StandardCharsets.US_ASCII));
    refusedAs(BootPart.KERNEL, with(qcow2, Optional.empty(), Optional.empty()), "q is a qcow2");
    refusedAs(
        BootPart.KERNEL,
        with(head("x", "\u00fd7zXZ\0"), Optional.empty(), Optional.empty()),
        "x is packed with xz, not a RISC-V kernel; unpack it first: xz -dc x >x.out");
    refusedAs(
        BootPart.KERNEL,
        with(head("i", "070701"), Optional.empty(), Optional.empty()),
        "i is a cpio archive, not a RISC-V kernel; give it as the initial RAM disk");
    refusedAs(BootPart.INITRD, with(good, Optional.of(qcow2), Optional.empty()), "q is a qcow2");
    refusedAs(BootPart.INITRD, with(linux, Optional.of(elf), Optional.empty()), "e is an ELF");
    refusedAs(BootPart.INITRD, with(good, Optional.of(linux), Optional.empty()), "a Linux kernel");
    refusedAs(
        BootPart.DEVICE_TREE,
        with(good, Optional.empty(), Optional.of(tree)),
        "t is the source of a device tree; compile it: dtc");
    refusedAs(
        BootPart.DEVICE_TREE,
        with(good, Optional.empty(), Optional.of(gzip)),
        "g is packed with gzip, not a device tree blob");
    for (Boot fine :
        new Boot[] {
          with(linux, Optional.of(gzip), Optional.empty()),
          with(linux, Optional.of(head("i", "070701")), Optional.empty()),
          with(good, Optional.of(elf), Optional.empty())
        }) {
      assertThat(BootCheck.of(Fixture.config(fine).build()))
          .isEqualTo(new BootCheck(List.of(), List.of()));
    }
  }

  @Test
  void everyFaultyPartIsSaidAtOnceAndTooLittleMemoryIsAFaultOfItsOwn() {
    Boot all =
        new Boot.FirmwareBoot(
            head("f", "PK\u0003\u0004"),
            Optional.of(head("k", "KDMV")),
            Optional.of(head("i", "vhdxfile")),
            "",
            Optional.of(head("d", "BZh91AY&SY")));
    assertThat(BootCheck.of(Fixture.config(all).build()).problems())
        .extracting(BootCheck.Finding::part)
        .containsExactly(BootPart.KERNEL, BootPart.FIRMWARE, BootPart.INITRD, BootPart.DEVICE_TREE);
    refusedAs(
        BootPart.MEMORY,
        Fixture.kernel(linux(0x20_0000, 100 * MIB, 8192)),
        "the VM has 64 MiB",
        "give it 110 MiB or more");
    refusedAs(BootPart.KERNEL, Fixture.kernel(Elf.of("j .", 0x1000)), "wants to be at 0x1000");
  }

  @Test
  void bytesThatAreTakenAsCodeAreSaidToBe() {
    byte[] code = Assembler.assemble("nop\n".repeat(16), RAM);
    assertThat(BootCheck.of(Fixture.config(Fixture.firmware(code)).build()).notes())
        .containsExactly(
            new BootCheck.Finding(
                BootPart.FIRMWARE,
                "firmware has no header that is known here; its bytes are taken as code for 0x80000000"));
    assertThat(BootCheck.of(Fixture.config(Fixture.kernel(code)).build()).notes())
        .extracting(BootCheck.Finding::message)
        .containsExactly(
            "kernel has no header that is known here; its bytes are taken as code for 0x80200000");
  }

  @Test
  void whatALoaderInFirmwareMayTakeByItselfIsLoadedAndSaid() {
    Image firmware = Fixture.image("fw", Elf.of("j .", RAM));
    for (String head : new String[] {"\u00d0\r\u00fe\u00ed", "'\u0005\u0019V", "\u00fd7zXZ\0"}) {
      Boot boot =
          new Boot.FirmwareBoot(
              firmware, Optional.of(head("next", head)), Optional.empty(), "", Optional.empty());
      BootCheck check = BootCheck.of(Fixture.config(boot).build());
      assertThat(check.problems()).isEmpty();
      assertThat(check.notes().getFirst().message())
          .startsWith("next is ")
          .endsWith("; its bytes go to 0x80200000 as they are");
    }
  }

  @Test
  void missingEmptyAndImpossibleFilesAreNamed() throws IOException {
    Path empty = Files.createFile(directory.resolve("empty"));
    for (Path path : new Path[] {empty, directory, directory.resolve("missing")}) {
      Boot boot = new Boot.KernelBoot(Image.file(path), Optional.empty(), "", Optional.empty());
      assertThatThrownBy(() -> plan(boot, 64 * MIB))
          .isInstanceOf(VmException.class)
          .hasMessageContaining(path.toString());
    }
  }

  @Test
  void pagesOfZeroesAreNotWritten() {
    int size = (int) (24 * MIB);
    byte[] kernel = linux(0x20_0000, size, size);
    kernel[(int) (9 * MIB)] = 1; // alone in its page
    kernel[(int) (10 * MIB) - 1] = 2; // at the end of one
    kernel[(int) (17 * MIB) + 100] = 3;
    BootPlan plan = plan(Fixture.kernel(kernel), 64 * MIB);
    try (HostMemory ram = HostMemory.allocate(64 * MIB)) {
      GuestMemory memory = new GuestMemory(RAM, ram);
      plan.load(memory);
      assertThat(memory.read(RAM + 0x20_0000, size)).isEqualTo(kernel);
    }
    try (HostMemory ram = HostMemory.allocate(64 * MIB)) {
      plan.load(new GuestMemory(RAM, ram));
      ram.resident().ifPresent(bytes -> assertThat(bytes).isLessThan(16 * MIB));
    }
  }

  @Test
  void whatIsShorterThanAPageIsWritten() {
    BootPlan plan = plan(withInitrd(linux(0x20_0000, 3 * MIB, 4097), 100), 64 * MIB);
    try (HostMemory ram = HostMemory.allocate(64 * MIB)) {
      GuestMemory memory = new GuestMemory(RAM, ram);
      plan.load(memory);
      assertThat(memory.read(RAM + 0x20_0000 + 4096, 2)).isEqualTo(new byte[] {0x77, 0});
      BootPlan.Piece initrd = piece(plan, "the initial RAM disk");
      assertThat(memory.read(initrd.address(), 100)).containsOnly(0x33);
    }
  }
}
