using System.Numerics;
using System.Reflection;

namespace Microsoft.ML.Data;

/// <summary>Makes getters for one column out of objects of a row class. Has no state of a row, so cursors share it.</summary>
internal abstract class RowReader<TRow>
    where TRow : class
{
    /// <summary>The getter, a <see cref="ValueGetter{TValue}"/> of the column's raw type, over whatever row is current.</summary>
    public abstract Delegate MakeGetter(Func<TRow> current);

    public static RowReader<TRow>[] Create(RowColumn[] columns) => Array.ConvertAll(columns, Create);

    private static RowReader<TRow> Create(RowColumn column)
    {
        Type type = column.MemberType;
        Type itemType = RowMember.VectorItemType(type);
        Type reader = type == typeof(string) ? typeof(Text)
            : type == typeof(string[]) ? typeof(TextArray)
            : itemType == null ? Close(typeof(Plain<object>), type)
            : type.IsArray ? Close(typeof(Items<object>), itemType)
            : Close(typeof(Buffer<object>), itemType);
        if (column.Type is KeyDataViewType key)
        {
            return (RowReader<TRow>)Activator.CreateInstance(Close(typeof(Key<byte>), type), column.Member, key.Count);
        }

        return (RowReader<TRow>)Activator.CreateInstance(reader, column.Member);
    }

    /// <summary>A nested class takes the type parameter of the class around it as its first.</summary>
    private static Type Close(Type nested, Type type) => nested.GetGenericTypeDefinition().MakeGenericType(typeof(TRow), type);

    private sealed class Plain<T> : RowReader<TRow>
    {
        private readonly Func<TRow, T> _get;

        public Plain(MemberInfo member)
        {
            _get = RowMember.Getter<TRow, T>(member);
        }

        public override Delegate MakeGetter(Func<TRow> current) => (ValueGetter<T>)((ref T value) => value = _get(current()));
    }

    /// <summary>A member counts from 0, its column from 1. Vectors of keys go over as they are.</summary>
    private sealed class Key<T> : RowReader<TRow>
        where T : struct, IBinaryInteger<T>
    {
        private readonly Func<TRow, T> _get;
        private readonly ulong _count;

        public Key(MemberInfo member, ulong count)
        {
            _get = RowMember.Getter<TRow, T>(member);
            _count = count;
        }

        public override Delegate MakeGetter(Func<TRow> current) => (ValueGetter<T>)((ref T value) =>
        {
            T raw = _get(current());
            value = ulong.CreateTruncating(raw) < _count ? raw + T.One : T.Zero;
        });
    }

    private sealed class Text : RowReader<TRow>
    {
        private readonly Func<TRow, string> _get;

        public Text(MemberInfo member)
        {
            _get = RowMember.Getter<TRow, string>(member);
        }

        public override Delegate MakeGetter(Func<TRow> current)
            => (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = _get(current()).AsMemory());
    }

    private sealed class TextArray : RowReader<TRow>
    {
        private readonly Func<TRow, string[]> _get;

        public TextArray(MemberInfo member)
        {
            _get = RowMember.Getter<TRow, string[]>(member);
        }

        public override Delegate MakeGetter(Func<TRow> current)
            => (ValueGetter<VBuffer<ReadOnlyMemory<char>>>)((ref VBuffer<ReadOnlyMemory<char>> value) =>
            {
                string[] source = _get(current()) ?? Array.Empty<string>();
                VBufferEditor<ReadOnlyMemory<char>> editor = VBufferEditor.Create(ref value, source.Length);
                for (int i = 0; i < source.Length; i++)
                {
                    editor.Values[i] = source[i].AsMemory();
                }

                value = editor.Commit();
            });
    }

    private sealed class Items<T> : RowReader<TRow>
    {
        private readonly Func<TRow, T[]> _get;

        public Items(MemberInfo member)
        {
            _get = RowMember.Getter<TRow, T[]>(member);
        }

        public override Delegate MakeGetter(Func<TRow> current)
            => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
            {
                T[] source = _get(current()) ?? Array.Empty<T>();
                VBuffer<T>.Copy(source, 0, ref value, source.Length);
            });
    }

    private sealed class Buffer<T> : RowReader<TRow>
    {
        private readonly Func<TRow, VBuffer<T>> _get;

        public Buffer(MemberInfo member)
        {
            _get = RowMember.Getter<TRow, VBuffer<T>>(member);
        }

        public override Delegate MakeGetter(Func<TRow> current)
            => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => _get(current()).CopyTo(ref value));
    }
}
