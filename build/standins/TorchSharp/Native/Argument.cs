using System;
using System.Collections.Generic;
using System.Linq;

namespace TorchSharp.Native;

/// <summary>One argument of an operator, as its schema wants it.</summary>
internal readonly struct Argument
{
    private readonly Kind _kind;
    private readonly long _integer;
    private readonly double _number;
    private readonly object _reference;

    private Argument(Kind kind, long integer = 0, double number = 0, object reference = null)
    {
        _kind = kind;
        _integer = integer;
        _number = number;
        _reference = reference;
    }

    private enum Kind
    {
        None,
        Boolean,
        Integer,
        Number,
        Tensor,
        Tensors,
        Integers,
        Device,
    }

    public static Argument None => default;

    public static implicit operator Argument(bool value) => new(Kind.Boolean, value ? 1 : 0);

    public static implicit operator Argument(long value) => new(Kind.Integer, value);

    public static implicit operator Argument(int value) => new(Kind.Integer, value);

    public static implicit operator Argument(double value) => new(Kind.Number, number: value);

    public static implicit operator Argument(torch.Tensor value) => value is null ? None : new(Kind.Tensor, reference: value);

    public static implicit operator Argument(torch.Tensor[] value) => new(Kind.Tensors, reference: value);

    public static implicit operator Argument(long[] value) => value is null ? None : new(Kind.Integers, reference: value);

    public static implicit operator Argument(torch.ScalarType value) => new(Kind.Integer, (long)value);

    public static implicit operator Argument(torch.ScalarType? value) => value is null ? None : new(Kind.Integer, (long)value);

    public static implicit operator Argument(torch.Device value) => value is null ? None : new(Kind.Device, reference: value);

    public static implicit operator Argument(Scalar value) =>
        value is null ? None : value.IsFloatingPoint ? new(Kind.Number, number: value.Number) : value.IsBoolean ? new(Kind.Boolean, value.Integer) : new(Kind.Integer, value.Integer);

    public unsafe void Push()
    {
        switch (_kind)
        {
            case Kind.None:
                Shim.ts_push_none();
                break;
            case Kind.Boolean:
                Shim.ts_push_bool((sbyte)_integer);
                break;
            case Kind.Integer:
                Shim.ts_push_int(_integer);
                break;
            case Kind.Number:
                Shim.ts_push_double(_number);
                break;
            case Kind.Tensor:
                Shim.ts_push_tensor(((torch.Tensor)_reference).Handle);
                break;
            case Kind.Tensors:
                var handles = Handles((torch.Tensor[])_reference);
                fixed (IntPtr* pinned = handles)
                {
                    Shim.ts_push_tensors(pinned, handles.Length);
                }

                break;
            case Kind.Integers:
                var integers = (long[])_reference;
                fixed (long* pinned = integers)
                {
                    Shim.ts_push_ints(pinned, integers.Length);
                }

                break;
            case Kind.Device:
                var device = (torch.Device)_reference;
                Shim.ts_push_device((int)device.type, device.index);
                break;
        }

        // Its finaliser must not free a tensor before the shim holds it too.
        GC.KeepAlive(_reference);
        Shim.Check();
    }

    internal static IntPtr[] Handles(IEnumerable<torch.Tensor> tensors) => tensors is null ? [] : [.. tensors.Select(tensor => tensor.Handle)];
}
