using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Columns;

/// <summary>Reads pixels from a vector of Byte of known size.</summary>
internal sealed class BytePixelReader : PixelReader
{
    private readonly ValueGetter<VBuffer<byte>> _getter;
    private readonly byte[]? _interleaved;
    private VBuffer<byte> _vector;

    public BytePixelReader(DataViewRow row, FeatureColumn column) : base(row, column)
    {
        _getter = row.GetGetter<VBuffer<byte>>(column.Column);
        _interleaved = column.Pixels.Interleaved ? new byte[Shape!.Value.Size] : null;
    }

    private protected override void ReadInto(ref byte[] pixels)
    {
        _getter(ref _vector);
        CheckLength(_vector.Length);
        _vector.CopyTo(_interleaved ?? pixels);
        if (_interleaved is not null)
        {
            Separate(_interleaved, pixels, Shape!.Value);
        }
    }
}

/// <summary>Reads pixels from a vector of Single of known size.</summary>
internal sealed class SinglePixelReader : PixelReader
{
    /// <summary>A range this much wider than the values seen was meant for other values.</summary>
    private const float UnlikelyRange = 100;

    private readonly ValueGetter<VBuffer<float>> _getter;
    private readonly byte[]? _interleaved;
    private readonly float[] _values;
    private readonly float _minimum, _maximum, _steps;
    private VBuffer<float> _vector;
    private float _largest = float.NegativeInfinity;

    public SinglePixelReader(DataViewRow row, FeatureColumn column) : base(row, column)
    {
        _getter = row.GetGetter<VBuffer<float>>(column.Column);
        _values = new float[Shape!.Value.Size];
        _interleaved = column.Pixels.Interleaved ? new byte[_values.Length] : null;
        (_minimum, _maximum, _) = column.Pixels;
        _steps = 255 / (_maximum - _minimum);
    }

    public override void ThrowIfRangeUnlikely()
    {
        if (_maximum - _minimum >= UnlikelyRange && _largest <= _minimum + 1)
        {
            throw new InvalidDataException(
                $"No value of column '{Name}' is above {_minimum + 1}, while the pixel range is from {_minimum} to {_maximum}. Set PixelMinimum and PixelMaximum in the options to the values of black and of full brightness, for example 0 and 1.");
        }
    }

    private protected override void ReadInto(ref byte[] pixels)
    {
        _getter(ref _vector);
        CheckLength(_vector.Length);
        _vector.CopyTo(_values);
        var target = _interleaved ?? pixels;
        float largest = _largest;
        for (int i = 0; i < _values.Length; i++)
        {
            float step = MathF.Round((_values[i] - _minimum) * _steps);
            if (!(step >= 0 && step <= 255))
            {
                throw float.IsNaN(_values[i])
                    ? Bad($"has NaN at index {i}, but pixels must be numbers")
                    : Bad($"has {_values[i]} at index {i}, outside the pixel range from {_minimum} to {_maximum}. Set PixelMinimum and PixelMaximum in the options to the values of black and of full brightness");
            }

            largest = Math.Max(largest, _values[i]);
            target[i] = (byte)step;
        }

        _largest = largest;
        if (_interleaved is not null)
        {
            Separate(_interleaved, pixels, Shape!.Value);
        }
    }
}
