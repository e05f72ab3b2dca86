/*
 * Stand-in for the parts of martinus/unordered_dense that mediasoup-worker
 * uses: written from its documented behaviour, no code taken from it.
 *
 * Values lie contiguously in a vector, in order of insertion; erase() moves
 * the last value into the hole and returns an iterator to that same place.
 * Lookup is linear probing over a table of {hash, index}, kept under 3/4 full,
 * with backward-shift deletion (no tombstones).
 */
#ifndef MS_ANKERL_UNORDERED_DENSE_H
#define MS_ANKERL_UNORDERED_DENSE_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace ankerl::unordered_dense
{
	namespace detail
	{
		inline uint64_t mix(uint64_t x) noexcept
		{
			// 64x64->128 multiply, halves folded.
			const auto p = static_cast<unsigned __int128>(x ^ 0x9e3779b97f4a7c15ULL) * 0xd6e8feb86659fd93ULL;
			return static_cast<uint64_t>(p) ^ static_cast<uint64_t>(p >> 64);
		}
	} // namespace detail

	template<typename T, typename = void>
	struct hash
	{
		uint64_t operator()(const T& v) const noexcept(noexcept(std::hash<T>{}(v)))
		{
			return detail::mix(std::hash<T>{}(v));
		}
	};

	template<typename T>
	struct hash<T, std::enable_if_t<std::is_integral_v<T> || std::is_enum_v<T>>>
	{
		uint64_t operator()(T v) const noexcept
		{
			return detail::mix(static_cast<uint64_t>(v));
		}
	};

	template<typename T>
	struct hash<T*, void>
	{
		uint64_t operator()(T* v) const noexcept
		{
			return detail::mix(static_cast<uint64_t>(reinterpret_cast<uintptr_t>(v)));
		}
	};

	namespace detail
	{
		template<typename Key, typename Mapped> // Mapped: void for a set
		struct traits
		{
			using value_type = std::pair<Key, Mapped>;
			static const Key& key(const value_type& v) noexcept { return v.first; }
		};
		template<typename Key>
		struct traits<Key, void>
		{
			using value_type = Key;
			static const Key& key(const value_type& v) noexcept { return v; }
		};

		template<typename Key, typename Mapped, typename Hash, typename KeyEqual>
		class table
		{
			using tr                     = traits<Key, Mapped>;
			static constexpr bool is_map = !std::is_void_v<Mapped>;

		public:
			using key_type        = Key;
			using mapped_type     = Mapped;
			using value_type      = typename tr::value_type;
			using size_type       = std::size_t;
			using difference_type = std::ptrdiff_t;
			using hasher          = Hash;
			using key_equal       = KeyEqual;
			using reference       = value_type&;
			using const_reference = const value_type&;
			using container       = std::vector<value_type>;
			using const_iterator  = typename container::const_iterator;
			using iterator = std::conditional_t<is_map, typename container::iterator, const_iterator>;

			table() = default;
			explicit table(size_type n) { reserve(n); }
			table(std::initializer_list<value_type> il) { insert(il.begin(), il.end()); }
			template<typename It, typename = typename std::iterator_traits<It>::iterator_category>
			table(It first, It last) { insert(first, last); }
			table(const table&)            = default;
			table& operator=(const table&) = default;
			table(table&& o) noexcept : values(std::move(o.values)), slots(std::move(o.slots)) { o.clear_all(); }
			table& operator=(table&& o) noexcept
			{
				if (this != &o)
				{
					values = std::move(o.values);
					slots  = std::move(o.slots);
					o.clear_all();
				}
				return *this;
			}
			table& operator=(std::initializer_list<value_type> il)
			{
				clear();
				insert(il.begin(), il.end());
				return *this;
			}

			iterator begin() noexcept { return values.begin(); }
			iterator end() noexcept { return values.end(); }
			const_iterator begin() const noexcept { return values.begin(); }
			const_iterator end() const noexcept { return values.end(); }
			const_iterator cbegin() const noexcept { return values.cbegin(); }
			const_iterator cend() const noexcept { return values.cend(); }
			bool empty() const noexcept { return values.empty(); }
			size_type size() const noexcept { return values.size(); }
			void swap(table& o) noexcept
			{
				values.swap(o.values);
				slots.swap(o.slots);
			}
			void clear() noexcept
			{
				values.clear();
				for (auto& s : slots) { s = slot{}; }
			}
			void reserve(size_type n)
			{
				values.reserve(n);
				if (n > max_fill()) { rebuild(n); }
			}

			iterator find(const Key& k) { return at_index(find_index(k)); }
			const_iterator find(const Key& k) const { return values.begin() + to_diff(find_index(k)); }
			bool contains(const Key& k) const { return find_index(k) != values.size(); }
			size_type count(const Key& k) const { return contains(k) ? 1 : 0; }

			template<typename M = Mapped, typename = std::enable_if_t<!std::is_void_v<M>>>
			M& at(const Key& k)
			{
				const size_type i = find_index(k);
				if (i == values.size()) { throw std::out_of_range("unordered_dense::map::at()"); }
				return values[i].second;
			}
			template<typename M = Mapped, typename = std::enable_if_t<!std::is_void_v<M>>>
			const M& at(const Key& k) const { return const_cast<table*>(this)->at(k); }
			template<typename M = Mapped, typename = std::enable_if_t<!std::is_void_v<M>>>
			M& operator[](const Key& k) { return try_emplace(k).first->second; }
			template<typename M = Mapped, typename = std::enable_if_t<!std::is_void_v<M>>>
			M& operator[](Key&& k) { return try_emplace(std::move(k)).first->second; }

			template<typename K, typename... Args>
			std::pair<iterator, bool> try_emplace(K&& k, Args&&... args)
			{
				static_assert(is_map);
				const Key& key = k;
				const uint64_t h = Hash{}(key);
				const size_type i = find_index(key, h);
				if (i != values.size()) { return { at_index(i), false }; }
				values.emplace_back(
				  std::piecewise_construct,
				  std::forward_as_tuple(std::forward<K>(k)),
				  std::forward_as_tuple(std::forward<Args>(args)...));
				return { link_last(h), true };
			}
			template<typename K, typename V>
			std::pair<iterator, bool> insert_or_assign(K&& k, V&& v)
			{
				auto r = try_emplace(std::forward<K>(k), std::forward<V>(v));
				if (!r.second) { r.first->second = std::forward<V>(v); }
				return r;
			}
			template<typename... Args>
			std::pair<iterator, bool> emplace(Args&&... args)
			{
				value_type v(std::forward<Args>(args)...);
				return insert(std::move(v));
			}
			std::pair<iterator, bool> insert(const value_type& v) { return insert(value_type(v)); }
			std::pair<iterator, bool> insert(value_type&& v)
			{
				const uint64_t h = Hash{}(tr::key(v));
				const size_type i = find_index(tr::key(v), h);
				if (i != values.size()) { return { at_index(i), false }; }
				values.push_back(std::move(v));
				return { link_last(h), true };
			}
			template<typename It>
			void insert(It first, It last)
			{
				for (; first != last; ++first) { insert(value_type(*first)); }
			}
			void insert(std::initializer_list<value_type> il) { insert(il.begin(), il.end()); }

			iterator erase(const_iterator it)
			{
				const size_type i = static_cast<size_type>(it - values.cbegin());
				erase_index(i);
				return at_index(i);
			}
			template<bool B = is_map, typename = std::enable_if_t<B>>
			iterator erase(typename container::iterator it) { return erase(const_iterator(it)); }
			iterator erase(const_iterator first, const_iterator last)
			{
				const auto b    = first - values.cbegin();
				auto n          = last - first;
				// From the back, so that what erase() moves in is never in the range.
				while (n > 0) { erase_index(static_cast<size_type>(b + --n)); }
				return at_index(static_cast<size_type>(b));
			}
			size_type erase(const Key& k)
			{
				const size_type i = find_index(k);
				if (i == values.size()) { return 0; }
				erase_index(i);
				return 1;
			}

			friend bool operator==(const table& a, const table& b)
			{
				if (a.size() != b.size()) { return false; }
				for (const auto& v : a.values)
				{
					const size_type i = b.find_index(tr::key(v));
					if (i == b.size() || !(b.values[i] == v)) { return false; }
				}
				return true;
			}
			friend bool operator!=(const table& a, const table& b) { return !(a == b); }

		private:
			struct slot
			{
				uint32_t fp{ 0 };
				uint32_t ref{ 0 }; // index in values + 1; 0: free
			};

			static difference_type to_diff(size_type i) noexcept { return static_cast<difference_type>(i); }
			iterator at_index(size_type i) noexcept { return values.begin() + to_diff(i); }
			size_type max_fill() const noexcept { return slots.size() - slots.size() / 4; }
			static uint32_t fp(uint64_t h) noexcept { return static_cast<uint32_t>(h); }
			size_type home(uint32_t f) const noexcept { return f & (slots.size() - 1); }
			size_type next(size_type p) const noexcept { return (p + 1) & (slots.size() - 1); }
			void clear_all() noexcept
			{
				values.clear();
				slots.clear();
			}

			size_type find_index(const Key& k) const
			{
				return values.empty() ? 0 : find_index(k, Hash{}(k));
			}
			size_type find_index(const Key& k, uint64_t h) const
			{
				if (values.empty()) { return 0; }
				const uint32_t f = fp(h);
				for (size_type p = home(f); slots[p].ref != 0; p = next(p))
				{
					if (slots[p].fp == f && KeyEqual{}(tr::key(values[slots[p].ref - 1]), k))
					{
						return slots[p].ref - 1;
					}
				}
				return values.size();
			}
			void place(uint32_t f, uint32_t ref) noexcept
			{
				size_type p = home(f);
				while (slots[p].ref != 0) { p = next(p); }
				slots[p] = { f, ref };
			}
			iterator link_last(uint64_t h)
			{
				if (values.size() > max_fill())
				{
					try { rebuild(values.size()); }
					catch (...) { values.pop_back(); throw; }
				}
				else
				{
					place(fp(h), static_cast<uint32_t>(values.size()));
				}
				return at_index(values.size() - 1);
			}
			void rebuild(size_type n)
			{
				size_type c = slots.empty() ? 8 : slots.size();
				while (n > c - c / 4) { c *= 2; }
				std::vector<slot> fresh(c);
				slots.swap(fresh);
				for (size_type i = 0; i < values.size(); ++i)
				{
					place(fp(Hash{}(tr::key(values[i]))), static_cast<uint32_t>(i + 1));
				}
			}
			size_type slot_of(size_type i) const
			{
				size_type p = home(fp(Hash{}(tr::key(values[i]))));
				while (slots[p].ref != i + 1) { p = next(p); }
				return p;
			}
			void erase_index(size_type i)
			{
				const size_type last = values.size() - 1;
				size_type p          = slot_of(i);
				if (i != last)
				{
					slots[slot_of(last)].ref = static_cast<uint32_t>(i + 1);
				}
				// Close the gap at p: pull back what may move nearer to its home.
				for (size_type q = next(p); slots[q].ref != 0; q = next(q))
				{
					const size_type mask = slots.size() - 1;
					if (((q - home(slots[q].fp)) & mask) >= ((q - p) & mask))
					{
						slots[p] = slots[q];
						p        = q;
					}
				}
				slots[p] = slot{};
				if (i != last)
				{
					values[i] = std::move(values[last]);
				}
				values.pop_back();
			}

			container values;
			std::vector<slot> slots; // a power of two of them, or none
		};
	} // namespace detail

	template<typename Key, typename T, typename Hash = hash<Key>, typename KeyEqual = std::equal_to<Key>>
	class map : public detail::table<Key, T, Hash, KeyEqual>
	{
		using detail::table<Key, T, Hash, KeyEqual>::table;
	};

	template<typename Key, typename Hash = hash<Key>, typename KeyEqual = std::equal_to<Key>>
	class set : public detail::table<Key, void, Hash, KeyEqual>
	{
		using detail::table<Key, void, Hash, KeyEqual>::table;
	};
} // namespace ankerl::unordered_dense

#endif
