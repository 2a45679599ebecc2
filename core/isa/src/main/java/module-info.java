/**
 * The RISC-V instruction set as a table: decoder, disassembler, assembler, CSR numbers, instruction
 * classes.
 */
module atoll.isa {
  exports atoll.isa to
      atoll.engine,
      atoll.vmm,
      atoll.report,
      atoll.debug,
      atoll.manager,
      atoll.front;
}
