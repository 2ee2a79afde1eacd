using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Writes and reads values of a raw type to and from a model. Every value takes at least one byte.</summary>
internal abstract class ValueCodec
{
    /// <summary>The codec of a column type; null for a type that models do not hold, such as an image.</summary>
    public static ValueCodec ForTypeOrNull(DataViewType type)
    {
        if (!DataViewTypeCodec.CanWrite(type))
        {
            return null;
        }
        return type is VectorDataViewType vector
            ? (ValueCodec)Activator.CreateInstance(typeof(VectorValueCodec<>).MakeGenericType(vector.ItemType.RawType))
            : ScalarOrNull(type.RawType);
    }

    /// <summary>Writes the value that an annotation has.</summary>
    public abstract void WriteAnnotation(BinaryWriter writer, DataViewSchema.Annotations annotations, DataViewSchema.Column column);

    /// <summary>Reads a value and adds it to annotations under a name.</summary>
    public abstract void ReadAnnotation(BinaryReader reader, DataViewSchema.Annotations.Builder builder, string name, DataViewType type);

    internal static ValueCodec ScalarOrNull(Type type)
    {
        if (type == typeof(sbyte)) return new ScalarValueCodec<sbyte>((w, v) => w.Write(v), r => r.ReadSByte());
        if (type == typeof(byte)) return new ScalarValueCodec<byte>((w, v) => w.Write(v), r => r.ReadByte());
        if (type == typeof(short)) return new ScalarValueCodec<short>((w, v) => w.Write(v), r => r.ReadInt16());
        if (type == typeof(ushort)) return new ScalarValueCodec<ushort>((w, v) => w.Write(v), r => r.ReadUInt16());
        if (type == typeof(int)) return new ScalarValueCodec<int>((w, v) => w.Write(v), r => r.ReadInt32());
        if (type == typeof(uint)) return new ScalarValueCodec<uint>((w, v) => w.Write(v), r => r.ReadUInt32());
        if (type == typeof(long)) return new ScalarValueCodec<long>((w, v) => w.Write(v), r => r.ReadInt64());
        if (type == typeof(ulong)) return new ScalarValueCodec<ulong>((w, v) => w.Write(v), r => r.ReadUInt64());
        if (type == typeof(float)) return new ScalarValueCodec<float>((w, v) => w.Write(v), r => r.ReadSingle());
        if (type == typeof(double)) return new ScalarValueCodec<double>((w, v) => w.Write(v), r => r.ReadDouble());
        if (type == typeof(bool)) return new ScalarValueCodec<bool>((w, v) => w.Write(v), r => r.ReadBoolean());
        if (type == typeof(ReadOnlyMemory<char>)) return new ScalarValueCodec<ReadOnlyMemory<char>>((w, v) => w.Write(v.ToString()), r => r.ReadString().AsMemory());
        if (type == typeof(TimeSpan)) return new ScalarValueCodec<TimeSpan>((w, v) => w.Write(v.Ticks), r => new TimeSpan(r.ReadInt64()));
        if (type == typeof(DateTime)) return new ScalarValueCodec<DateTime>((w, v) => w.Write(v.ToBinary()), r => ReadDateTime(r));
        if (type == typeof(DateTimeOffset))
        {
            return new ScalarValueCodec<DateTimeOffset>((w, v) =>
            {
                w.Write(v.Ticks);
                w.Write((short)v.Offset.TotalMinutes);
            }, ReadDateTimeOffset);
        }
        if (type == typeof(DataViewRowId))
        {
            return new ScalarValueCodec<DataViewRowId>((w, v) =>
            {
                w.Write(v.Low);
                w.Write(v.High);
            }, r => new DataViewRowId(r.ReadUInt64(), r.ReadUInt64()));
        }
        return null;
    }

    /// <summary>Reads a count of items, which cannot be above the bytes that are left.</summary>
    internal static int ReadCount(BinaryReader reader, string what)
    {
        int count = reader.ReadInt32();
        if (count < 0 || count > reader.BaseStream.Length - reader.BaseStream.Position)
        {
            throw new FormatException($"The model is corrupt: it announces {count} {what}, for which there are not enough bytes.");
        }
        return count;
    }

    private static DateTime ReadDateTime(BinaryReader reader)
    {
        try
        {
            return DateTime.FromBinary(reader.ReadInt64());
        }
        catch (ArgumentException e)
        {
            throw new FormatException("The model is corrupt: it holds a date that does not exist.", e);
        }
    }

    private static DateTimeOffset ReadDateTimeOffset(BinaryReader reader)
    {
        long ticks = reader.ReadInt64();
        short minutes = reader.ReadInt16();
        try
        {
            return new DateTimeOffset(ticks, TimeSpan.FromMinutes((long)minutes));
        }
        catch (ArgumentException e)
        {
            throw new FormatException("The model is corrupt: it holds a date that does not exist.", e);
        }
    }
}

/// <summary>The codec of values of one raw type.</summary>
internal abstract class ValueCodec<T> : ValueCodec
{
    /// <summary>The codec of a scalar raw type.</summary>
    public static ValueCodec<T> Scalar()
        => (ValueCodec<T>)ScalarOrNull(typeof(T)) ?? throw new NotSupportedException($"Values of type '{typeof(T)}' cannot be saved in a model.");

    public abstract void Write(BinaryWriter writer, in T value);

    public abstract T Read(BinaryReader reader);

    public override void WriteAnnotation(BinaryWriter writer, DataViewSchema.Annotations annotations, DataViewSchema.Column column)
    {
        T value = default;
        annotations.GetGetter<T>(column)(ref value);
        Write(writer, in value);
    }
}

/// <summary>The codec of single values.</summary>
internal sealed class ScalarValueCodec<T>(Action<BinaryWriter, T> write, Func<BinaryReader, T> read) : ValueCodec<T>
{
    public override void Write(BinaryWriter writer, in T value) => write(writer, value);

    public override T Read(BinaryReader reader) => read(reader);

    public override void ReadAnnotation(BinaryReader reader, DataViewSchema.Annotations.Builder builder, string name, DataViewType type)
    {
        T value = Read(reader);
        builder.Add(name, type, (ref T destination) => destination = value);
    }
}

/// <summary>The codec of vectors.</summary>
internal sealed class VectorValueCodec<T> : ValueCodec<VBuffer<T>>
{
    private readonly ValueCodec<T> _items = ValueCodec<T>.Scalar();

    public override void Write(BinaryWriter writer, in VBuffer<T> value)
    {
        writer.Write(value.Length);
        writer.Write(value.IsDense);
        ReadOnlySpan<T> values = value.GetValues();
        writer.Write(values.Length);
        foreach (ref readonly T item in values)
        {
            _items.Write(writer, in item);
        }
        if (!value.IsDense)
        {
            foreach (int index in value.GetIndices())
            {
                writer.Write(index);
            }
        }
    }

    public override VBuffer<T> Read(BinaryReader reader)
    {
        int length = reader.ReadInt32();
        bool dense = reader.ReadBoolean();
        int count = ReadCount(reader, "values of a vector");
        if (length < 0 || (dense ? count != length : count > length))
        {
            throw new FormatException($"The model is corrupt: it has a vector of length {length} with {count} values.");
        }
        var values = new T[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = _items.Read(reader);
        }
        if (dense)
        {
            return new VBuffer<T>(length, values);
        }

        var indices = new int[count];
        for (int i = 0; i < count; i++)
        {
            indices[i] = reader.ReadInt32();
            if (indices[i] < 0 || indices[i] >= length || (i > 0 && indices[i] <= indices[i - 1]))
            {
                throw new FormatException("The model is corrupt: the indices of a sparse vector do not rise within its length.");
            }
        }
        return new VBuffer<T>(length, count, values, indices);
    }

    public override void ReadAnnotation(BinaryReader reader, DataViewSchema.Annotations.Builder builder, string name, DataViewType type)
    {
        VBuffer<T> value = Read(reader);
        builder.Add(name, type, (ref VBuffer<T> destination) => value.CopyTo(ref destination));
    }
}
