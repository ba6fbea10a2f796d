;; The rolling hash of content information 2.0, at 64 positions at once. A hash depends on the 16 bytes before its
;; position alone, and is linear in them: see lowTables in rolling-hash.ts. So each of the first eight bytes adds what a
;; table has for it; for the low byte of the hash alone, that is a table of 16 for each half of the byte, in which a
;; swizzle looks up 16 bytes at once.
(module
  ;; From 0 on 8 x (16 for low halves, 16 for high halves); from 256 on 8 x 256 numbers of 16 bits: lowTables.
  (import "winpeer" "memory" (memory 1))

  ;; The first position from $from up to and with $to whose hash ends in 0x555; -1 where there is none. It reads up to 63 bytes
  ;; behind $to.
  (func (export "next") (param $from i32) (param $to i32) (result i32)
    (local $table i32) (local $window i32) (local $found i32) (local $hits i64)
    (local $lows v128) (local $highs v128) (local $bytes v128) (local $half v128) (local $match v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $half (i8x16.splat (i32.const 0x0f)))
    (local.set $match (i8x16.splat (i32.const 0x55)))
    (loop $positions
      (if (i32.gt_u (local.get $from) (local.get $to)) (then (return (i32.const -1))))
      ;; The last byte of each window.
      (local.set $window (i32.sub (local.get $from) (i32.const 16)))
      (local.set $a (v128.load offset=15 (local.get $window)))
      (local.set $b (v128.load offset=31 (local.get $window)))
      (local.set $c (v128.load offset=47 (local.get $window)))
      (local.set $d (v128.load offset=63 (local.get $window)))
      ;; The first eight.
      (local.set $table (i32.const 0))
      (loop $places
        (local.set $lows (v128.load (local.get $table)))
        (local.set $highs (v128.load offset=16 (local.get $table)))

        (local.set $bytes (v128.load (local.get $window)))
        (local.set $a (v128.xor (local.get $a) (v128.xor
          (i8x16.swizzle (local.get $lows) (v128.and (local.get $bytes) (local.get $half)))
          (i8x16.swizzle (local.get $highs) (v128.and (i16x8.shr_u (local.get $bytes) (i32.const 4)) (local.get $half))))))
        (local.set $bytes (v128.load offset=16 (local.get $window)))
        (local.set $b (v128.xor (local.get $b) (v128.xor
          (i8x16.swizzle (local.get $lows) (v128.and (local.get $bytes) (local.get $half)))
          (i8x16.swizzle (local.get $highs) (v128.and (i16x8.shr_u (local.get $bytes) (i32.const 4)) (local.get $half))))))
        (local.set $bytes (v128.load offset=32 (local.get $window)))
        (local.set $c (v128.xor (local.get $c) (v128.xor
          (i8x16.swizzle (local.get $lows) (v128.and (local.get $bytes) (local.get $half)))
          (i8x16.swizzle (local.get $highs) (v128.and (i16x8.shr_u (local.get $bytes) (i32.const 4)) (local.get $half))))))
        (local.set $bytes (v128.load offset=48 (local.get $window)))
        (local.set $d (v128.xor (local.get $d) (v128.xor
          (i8x16.swizzle (local.get $lows) (v128.and (local.get $bytes) (local.get $half)))
          (i8x16.swizzle (local.get $highs) (v128.and (i16x8.shr_u (local.get $bytes) (i32.const 4)) (local.get $half))))))

        (local.set $window (i32.add (local.get $window) (i32.const 1)))
        (local.set $table (i32.add (local.get $table) (i32.const 32)))
        (br_if $places (i32.lt_u (local.get $table) (i32.const 256))))

      (local.set $a (i8x16.eq (local.get $a) (local.get $match)))
      (local.set $b (i8x16.eq (local.get $b) (local.get $match)))
      (local.set $c (i8x16.eq (local.get $c) (local.get $match)))
      (local.set $d (i8x16.eq (local.get $d) (local.get $match)))
      (if (v128.any_true (v128.or (v128.or (local.get $a) (local.get $b)) (v128.or (local.get $c) (local.get $d))))
        (then
          ;; A bit for each position whose low byte matches; one in sixteen of them has the four bits above it, too.
          (local.set $hits (i64.or
            (i64.or
              (i64.extend_i32_u (i8x16.bitmask (local.get $a)))
              (i64.shl (i64.extend_i32_u (i8x16.bitmask (local.get $b))) (i64.const 16)))
            (i64.or
              (i64.shl (i64.extend_i32_u (i8x16.bitmask (local.get $c))) (i64.const 32))
              (i64.shl (i64.extend_i32_u (i8x16.bitmask (local.get $d))) (i64.const 48)))))
          (loop $hit
            (local.set $found (i32.add (local.get $from) (i32.wrap_i64 (i64.ctz (local.get $hits)))))
            (if (i32.gt_u (local.get $found) (local.get $to)) (then (return (i32.const -1))))
            (if (i32.eq (i32.and (call $low (local.get $found)) (i32.const 0xfff)) (i32.const 0x555))
              (then (return (local.get $found))))
            (local.set $hits (i64.and (local.get $hits) (i64.sub (local.get $hits) (i64.const 1))))
            (br_if $hit (i64.ne (local.get $hits) (i64.const 0))))))
      (local.set $from (i32.add (local.get $from) (i32.const 64)))
      (br $positions))
    (unreachable))

  ;; The low 16 bits of the hash at a position.
  (func $low (export "low") (param $position i32) (result i32)
    (local $table i32) (local $window i32) (local $low i32)
    (local.set $window (i32.sub (local.get $position) (i32.const 16)))
    (local.set $low (i32.or
      (i32.load8_u offset=15 (local.get $window))
      (i32.shl (i32.load8_u offset=14 (local.get $window)) (i32.const 8))))
    (local.set $table (i32.const 256))
    (loop $places
      (local.set $low (i32.xor (local.get $low) (i32.load16_u
        (i32.add (local.get $table) (i32.shl (i32.load8_u (local.get $window)) (i32.const 1))))))
      (local.set $window (i32.add (local.get $window) (i32.const 1)))
      (local.set $table (i32.add (local.get $table) (i32.const 512)))
      (br_if $places (i32.lt_u (local.get $table) (i32.const 4352))))
    (local.get $low)))
