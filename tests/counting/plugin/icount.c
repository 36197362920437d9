// Plugin for QEMU (7.2 and later with plugin interface version 1): counts the guest instructions of marked
// regions of ARM Thumb code.
//
// The guest marks with moves of a register to itself:
//   mov r9, r9    opens a region          mov r10, r10  closes it
//   mov r11, r11  pauses it               mov r12, r12  resumes it
// For every region closed one line on the standard error, `roi insns=N`; at the end `total insns=N`. N counts
// every instruction executed while the region was open and not paused, without the marks. A region that is
// opened again before it is closed begins anew; other marks out of place do nothing.
//
// No header of QEMU is needed: the functions used are declared here.
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum { QEMU_PLUGIN_CB_NO_REGS = 0 };
enum { QEMU_PLUGIN_INLINE_ADD_U64 = 0 };

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           void (*callback)(qemu_plugin_id_t, struct qemu_plugin_tb*));
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn* insn, void (*callback)(unsigned, void*),
                                            int flags, void* data);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn* insn, int operation, void* pointer,
                                                uint64_t operand);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*callback)(qemu_plugin_id_t, void*),
                                    void* data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb* tb);
struct qemu_plugin_insn* qemu_plugin_tb_get_insn(const struct qemu_plugin_tb* tb, size_t index);
const void* qemu_plugin_insn_data(const struct qemu_plugin_insn* insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn* insn);

EXPORT int qemu_plugin_version = 1;

// One processor only: plain variables, written by generated code and by the callbacks of the same thread.
static uint64_t executed;      // instructions so far; a callback runs before its own instruction is added
static uint64_t stretch_from;  // `executed` at the mark that began the current stretch
static uint64_t region;        // instructions of the region before the current stretch
static bool region_open;
static bool counting;

static void begin_stretch(void) {
  stretch_from = executed;
  counting = true;
}

static void end_stretch(void) {
  if (counting) region += executed - stretch_from - 1;  // 1: the mark that began it
  counting = false;
}

static void on_open(unsigned cpu, void* data) {
  (void)cpu, (void)data;
  region = 0;
  region_open = true;
  begin_stretch();
}

static void on_close(unsigned cpu, void* data) {
  (void)cpu, (void)data;
  if (!region_open) return;
  end_stretch();
  region_open = false;
  fprintf(stderr, "roi insns=%" PRIu64 "\n", region);
}

static void on_pause(unsigned cpu, void* data) {
  (void)cpu, (void)data;
  end_stretch();
}

static void on_resume(unsigned cpu, void* data) {
  (void)cpu, (void)data;
  if (region_open && !counting) begin_stretch();
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb* tb) {
  static const struct {
    uint16_t encoding;
    void (*callback)(unsigned, void*);
  } marks[] = {{0x46C9, on_open}, {0x46D2, on_close}, {0x46DB, on_pause}, {0x46E4, on_resume}};

  (void)id;
  size_t count = qemu_plugin_tb_n_insns(tb);
  for (size_t i = 0; i < count; ++i) {
    struct qemu_plugin_insn* insn = qemu_plugin_tb_get_insn(tb, i);
    if (qemu_plugin_insn_size(insn) == 2) {
      uint16_t encoding;
      memcpy(&encoding, qemu_plugin_insn_data(insn), sizeof encoding);
      for (size_t mark = 0; mark < sizeof marks / sizeof marks[0]; ++mark) {
        if (encoding == marks[mark].encoding) {
          qemu_plugin_register_vcpu_insn_exec_cb(insn, marks[mark].callback, QEMU_PLUGIN_CB_NO_REGS, NULL);
        }
      }
    }
    qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64, &executed, 1);
  }
}

static void on_exit_of_emulator(qemu_plugin_id_t id, void* data) {
  (void)id, (void)data;
  fprintf(stderr, "total insns=%" PRIu64 "\n", executed);
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void* info, int argc, char** argv) {
  (void)info, (void)argc, (void)argv;
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
  qemu_plugin_register_atexit_cb(id, on_exit_of_emulator, NULL);
  return 0;
}
