using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Columns;

/// <summary>
/// The classes that a label column's key stands for: their number, and their values (texts, numbers, dates) when the key has
/// any. Immutable.
/// </summary>
internal abstract class ClassLabels
{
    private const string KeyValuesKind = "KeyValues";
    private const string SlotNamesKind = "SlotNames";

    /// <summary>The types of value that a key can have here, each with its code in model files.</summary>
    private static readonly LabelCodec[] Codecs =
    [
        new LabelCodec<ReadOnlyMemory<char>>(1, TextDataViewType.Instance, (w, v) => w.Write(v.ToString()), r => r.ReadString().AsMemory(), v => v.ToString()),
        new LabelCodec<bool>(2, BooleanDataViewType.Instance, (w, v) => w.Write(v), r => r.ReadBoolean(), v => v ? "true" : "false"),
        new LabelCodec<sbyte>(3, NumberDataViewType.SByte, (w, v) => w.Write(v), r => r.ReadSByte(), v => v.ToString(CultureInfo.InvariantCulture)),
        new LabelCodec<byte>(4, NumberDataViewType.Byte, (w, v) => w.Write(v), r => r.ReadByte(), v => v.ToString(CultureInfo.InvariantCulture)),
        new LabelCodec<short>(5, NumberDataViewType.Int16, (w, v) => w.Write(v), r => r.ReadInt16(), v => v.ToString(CultureInfo.InvariantCulture)),
        new LabelCodec<ushort>(6, NumberDataViewType.UInt16, (w, v) => w.Write(v), r => r.ReadUInt16(), v => v.ToString(CultureInfo.InvariantCulture)),
        new LabelCodec<int>(7, NumberDataViewType.Int32, (w, v) => w.Write(v), r => r.ReadInt32(), v => v.ToString(CultureInfo.InvariantCulture)),
        new LabelCodec<uint>(8, NumberDataViewType.UInt32, (w, v) => w.Write(v), r => r.ReadUInt32(), v => v.ToString(CultureInfo.InvariantCulture)),
        new LabelCodec<long>(9, NumberDataViewType.Int64, (w, v) => w.Write(v), r => r.ReadInt64(), v => v.ToString(CultureInfo.InvariantCulture)),
        new LabelCodec<ulong>(10, NumberDataViewType.UInt64, (w, v) => w.Write(v), r => r.ReadUInt64(), v => v.ToString(CultureInfo.InvariantCulture)),
        new LabelCodec<float>(11, NumberDataViewType.Single, (w, v) => w.Write(v), r => r.ReadSingle(), v => v.ToString(CultureInfo.InvariantCulture)),
        new LabelCodec<double>(12, NumberDataViewType.Double, (w, v) => w.Write(v), r => r.ReadDouble(), v => v.ToString(CultureInfo.InvariantCulture)),
        new LabelCodec<DateTime>(13, DateTimeDataViewType.Instance, (w, v) => w.Write(v.ToBinary()), r => DateTime.FromBinary(r.ReadInt64()), v => v.ToString("o", CultureInfo.InvariantCulture)),
        new LabelCodec<TimeSpan>(14, TimeSpanDataViewType.Instance, (w, v) => w.Write(v.Ticks), r => new TimeSpan(r.ReadInt64()), v => v.ToString("c", CultureInfo.InvariantCulture)),
        new LabelCodec<DateTimeOffset>(
            15, DateTimeOffsetDataViewType.Instance,
            (w, v) =>
            {
                w.Write(v.Ticks);
                w.Write(v.Offset.Ticks);
            },
            r => new DateTimeOffset(r.ReadInt64(), new TimeSpan(r.ReadInt64())), v => v.ToString("o", CultureInfo.InvariantCulture)),
    ];

    private protected ClassLabels(IReadOnlyList<string> names) => Names = names;

    /// <summary>One name a class; the number of its key, counted from 1, when the key has no values.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The number of classes.</summary>
    public int Count => Names.Count;

    /// <summary>Whether the key has values.</summary>
    public bool HasValues => ValueType is not null;

    /// <summary>The type of the key's values; null when it has none.</summary>
    public abstract PrimitiveDataViewType? ValueType { get; }

    /// <summary>The classes of a key column.</summary>
    /// <exception cref="ArgumentException">The key has values of a type that cannot be saved.</exception>
    public static ClassLabels Of(DataViewSchema.Column column, int count) => OfOrNull(column, count) ?? throw new ArgumentException(
        $"The key values of column '{column.Name}' are of type {((VectorDataViewType)column.Annotations.Schema[KeyValuesKind].Type).ItemType}, which cannot be saved in a model. Map text or numbers to keys instead.");

    /// <summary>The classes of a key column; null when the key has values of a type that is not known here.</summary>
    public static ClassLabels? OfOrNull(DataViewSchema.Column column, int count)
    {
        if (column.Annotations.Schema.GetColumnOrNull(KeyValuesKind)?.Type is not VectorDataViewType type || type.Size != count)
        {
            return new NumberedLabels(count);
        }

        return Array.Find(Codecs, codec => codec.Type.RawType == type.ItemType.RawType && codec.Type.GetType() == type.ItemType.GetType())
            ?.FromAnnotation(column.Annotations, KeyValuesKind);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public static ClassLabels Load(BinaryReader reader, int count)
    {
        byte code = reader.ReadByte();
        return code == 0
            ? new NumberedLabels(count)
            : (Array.Find(Codecs, codec => codec.Code == code) ?? throw new InvalidDataException($"The model file is corrupt: {code} is no type of class label.")).Read(reader, count);
    }

    /// <summary>Writes the values of the key.</summary>
    public abstract void Save(BinaryWriter writer);

    /// <summary>Adds the key's values, if any, to the annotations of a key column.</summary>
    public abstract void AddKeyValues(DataViewSchema.Annotations.Builder annotations);

    /// <summary>Adds the names of the classes, when the key has values, to the annotations of a vector with one slot a class.</summary>
    public void AddSlotNames(DataViewSchema.Annotations.Builder annotations)
    {
        if (HasValues)
        {
            var names = Names.Select(name => name.AsMemory()).ToArray();
            annotations.Add(SlotNamesKind, new VectorDataViewType(TextDataViewType.Instance, names.Length), Getter(names));
        }
    }

    /// <summary>The number of the first class at which the two differ, when both have values; otherwise null.</summary>
    public int? FirstDifference(ClassLabels other)
    {
        if (!HasValues || !other.HasValues)
        {
            return null;
        }

        for (int label = 0; label < Math.Min(Count, other.Count); label++)
        {
            if (Names[label] != other.Names[label])
            {
                return label;
            }
        }

        return null;
    }

    private static ValueGetter<VBuffer<T>> Getter<T>(T[] values) => (ref VBuffer<T> destination) =>
    {
        var editor = VBufferEditor.Create(ref destination, values.Length);
        values.CopyTo(editor.Values);
        destination = editor.Commit();
    };

    private abstract class LabelCodec(byte code, PrimitiveDataViewType type)
    {
        public byte Code => code;

        public PrimitiveDataViewType Type => type;

        public abstract ClassLabels FromAnnotation(DataViewSchema.Annotations annotations, string kind);

        public abstract ClassLabels Read(BinaryReader reader, int count);
    }

    private sealed class LabelCodec<T>(
        byte code, PrimitiveDataViewType type, Action<BinaryWriter, T> write, Func<BinaryReader, T> read, Func<T, string> show) : LabelCodec(code, type)
    {
        public void Write(BinaryWriter writer, T value) => write(writer, value);

        public override ClassLabels FromAnnotation(DataViewSchema.Annotations annotations, string kind)
        {
            VBuffer<T> values = default;
            annotations.GetValue(kind, ref values);
            return Make([.. values.DenseValues()]);
        }

        public override ClassLabels Read(BinaryReader reader, int count)
        {
            // The number comes from a file: the list grows with what is really there.
            var values = new List<T>();
            while (values.Count < count)
            {
                values.Add(read(reader));
            }

            return Make([.. values]);
        }

        private ValuedLabels<T> Make(T[] values) => new(this, values, [.. values.Select(show)]);
    }

    private sealed class ValuedLabels<T>(LabelCodec<T> codec, T[] values, IReadOnlyList<string> names) : ClassLabels(names)
    {
        public override PrimitiveDataViewType? ValueType => codec.Type;

        public override void Save(BinaryWriter writer)
        {
            writer.Write(codec.Code);
            foreach (var value in values)
            {
                codec.Write(writer, value);
            }
        }

        public override void AddKeyValues(DataViewSchema.Annotations.Builder annotations) =>
            annotations.Add(KeyValuesKind, new VectorDataViewType(codec.Type, values.Length), Getter(values));
    }

    private sealed class NumberedLabels(int count)
        : ClassLabels([.. Enumerable.Range(1, count).Select(number => number.ToString(CultureInfo.InvariantCulture))])
    {
        public override PrimitiveDataViewType? ValueType => null;

        public override void Save(BinaryWriter writer) => writer.Write((byte)0);

        public override void AddKeyValues(DataViewSchema.Annotations.Builder annotations)
        {
        }
    }
}
