// Imported before the first tensor is made: float16 travels as Uint16Array bits, also where the engine has Float16Array (Node >= 24).
// onnxruntime-node 1.30 takes no Float16Array: its addon sees 0 bytes ("not enough space: expected 6, got 0").

Reflect.deleteProperty(globalThis, 'Float16Array');
