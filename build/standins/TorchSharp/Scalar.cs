using System;

namespace TorchSharp;

/// <summary>One number, as an argument of an operator.</summary>
public sealed class Scalar : IDisposable
{
    private Scalar(torch.ScalarType type, long integer, double number)
    {
        Type = type;
        Integer = integer;
        Number = number;
    }

    public torch.ScalarType Type { get; }

    internal long Integer { get; }

    internal double Number { get; }

    internal bool IsBoolean => Type == torch.ScalarType.Bool;

    internal bool IsFloatingPoint => Type is torch.ScalarType.Float64 or torch.ScalarType.Float32;

    public static implicit operator Scalar(double value) => new(torch.ScalarType.Float64, 0, value);

    public static implicit operator Scalar(float value) => new(torch.ScalarType.Float32, 0, value);

    public static implicit operator Scalar(int value) => new(torch.ScalarType.Int32, value, 0);

    public static implicit operator Scalar(long value) => new(torch.ScalarType.Int64, value, 0);

    public static implicit operator Scalar(bool value) => new(torch.ScalarType.Bool, value ? 1 : 0, 0);

    /// <summary>Nothing to free here; callers that free the real one may do so.</summary>
    public void Dispose()
    {
    }
}
