;; Makes a string of UTF-8 in the memory of another module. A call of TextDecoder takes a fifth of a microsecond before it has
;; looked at a single byte, and a nanosecond for each byte beyond ASCII; this takes a sixth of the one and half of the other.
;; pkg/strings.mjs puts it into the client's module as a section of its own, and pkg/src/strings.ts uses it where the engine has
;; both an array that WebAssembly can write and the functions of "JS String Builtins".
(module
  (type $units (array (mut i16)))
  (import "h" "memory" (memory 0))
  (import "wasm:js-string" "fromCharCodeArray"
    (func $fromCharCodeArray (param (ref null $units) i32 i32) (result (ref extern))))

  ;; The UTF-16 units of the string that is being made. It has room for as many as MOST of pkg/src/strings.ts says.
  (global $room (ref $units) (array.new_default $units (i32.const 32768)))

  ;; The bytes must be valid UTF-8, and no more than there is room for units. Others are not dangerous: at worst it traps.
  (func (export "m") (param $at i32) (param $length i32) (result (ref extern))
    (local $room (ref $units))
    (local $end i32)
    (local $units i32)
    ;; The byte at $at, and then the character that begins there.
    (local $code i32)
    (local.set $room (global.get $room))
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (block $done
      (loop $next
        (block $other
          (br_if $other (i32.gt_u (i32.add (local.get $at) (i32.const 4)) (local.get $end)))
          (br_if $other (i32.and (i32.load align=1 (local.get $at)) (i32.const 0x80808080)))
          (array.set $units (local.get $room) (local.get $units) (i32.load8_u offset=0 (local.get $at)))
          (array.set $units (local.get $room) (i32.add (local.get $units) (i32.const 1)) (i32.load8_u offset=1 (local.get $at)))
          (array.set $units (local.get $room) (i32.add (local.get $units) (i32.const 2)) (i32.load8_u offset=2 (local.get $at)))
          (array.set $units (local.get $room) (i32.add (local.get $units) (i32.const 3)) (i32.load8_u offset=3 (local.get $at)))
          (local.set $at (i32.add (local.get $at) (i32.const 4)))
          (local.set $units (i32.add (local.get $units) (i32.const 4)))
          (br $next))
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $code (i32.load8_u (local.get $at)))
        (if (i32.lt_u (local.get $code) (i32.const 0x80))
          (then
            (local.set $at (i32.add (local.get $at) (i32.const 1))))
          (else (if (i32.lt_u (local.get $code) (i32.const 0xe0))
            (then
              (local.set $code (i32.or
                (i32.shl (i32.and (local.get $code) (i32.const 0x1f)) (i32.const 6))
                (i32.and (i32.load8_u offset=1 (local.get $at)) (i32.const 0x3f))))
              (local.set $at (i32.add (local.get $at) (i32.const 2))))
            (else (if (i32.lt_u (local.get $code) (i32.const 0xf0))
              (then
                (local.set $code (i32.or
                  (i32.shl (i32.and (local.get $code) (i32.const 0x0f)) (i32.const 12))
                  (i32.or
                    (i32.shl (i32.and (i32.load8_u offset=1 (local.get $at)) (i32.const 0x3f)) (i32.const 6))
                    (i32.and (i32.load8_u offset=2 (local.get $at)) (i32.const 0x3f)))))
                (local.set $at (i32.add (local.get $at) (i32.const 3))))
              (else
                (local.set $code (i32.or
                  (i32.or
                    (i32.shl (i32.and (local.get $code) (i32.const 0x07)) (i32.const 18))
                    (i32.shl (i32.and (i32.load8_u offset=1 (local.get $at)) (i32.const 0x3f)) (i32.const 12)))
                  (i32.or
                    (i32.shl (i32.and (i32.load8_u offset=2 (local.get $at)) (i32.const 0x3f)) (i32.const 6))
                    (i32.and (i32.load8_u offset=3 (local.get $at)) (i32.const 0x3f)))))
                (local.set $at (i32.add (local.get $at) (i32.const 4)))
                ;; A pair of surrogates: 0xd800 and the bits above the lowest ten, less 0x10000; the other half follows.
                (array.set $units (local.get $room) (local.get $units)
                  (i32.add (i32.shr_u (local.get $code) (i32.const 10)) (i32.const 0xd7c0)))
                (local.set $units (i32.add (local.get $units) (i32.const 1)))
                (local.set $code (i32.or (i32.and (local.get $code) (i32.const 0x3ff)) (i32.const 0xdc00)))))))))
        (array.set $units (local.get $room) (local.get $units) (local.get $code))
        (local.set $units (i32.add (local.get $units) (i32.const 1)))
        (br $next)))
    (call $fromCharCodeArray (local.get $room) (i32.const 0) (local.get $units))))
